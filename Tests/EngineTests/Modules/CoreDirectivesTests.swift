import Bytes
import Config
import Testing

@testable import Engine

@Suite struct CoreDirectivesTests {
  /// What nginx 1.31.3 says to each of these; the first line of the file holds everything.
  @Test(arguments: [
    ("listen 82 backlog=x;", "[emerg] invalid backlog \"backlog=x\""),
    ("listen 81 foo;", "[emerg] invalid parameter \"foo\""),
    ("listen 81; listen 81;", "[emerg] a duplicate listen 0.0.0.0:81"),
    ("listen 70000;", "[emerg] invalid port in \"70000\" of the \"listen\" directive"),
    ("listen 10-5;", "[emerg] invalid port range in \"10-5\" of the \"listen\" directive"),
    ("listen [::1;", "[emerg] invalid host in \"[::1\" of the \"listen\" directive"),
    ("server_name *a;", "[emerg] server name \"*a\" is invalid"),
    ("server_name ~;", "[emerg] empty regex in server name \"~\""),
    ("location /a { location /b {} }", "[emerg] location \"/b\" is outside location \"/a\""),
    ("location /a {} location /a {}", "[emerg] duplicate location \"/a\""),
    ("location ~~ / {}", "[emerg] invalid location modifier \"~~\""),
    ("location / { root a; root b; }", "[emerg] \"root\" directive is duplicate"),
    (
      "location / { root a; alias b; }",
      "[emerg] \"alias\" directive is duplicate, \"root\" directive was specified earlier"
    ),
    (
      "root $document_root/x;",
      "[emerg] the $document_root variable cannot be used in the \"root\" directive"
    ),
    ("error_page 200 /x;", "[emerg] value \"200\" must be between 300 and 599"),
    ("error_page =200 /x;", "[emerg] invalid value \"=200\""),
    ("keepalive_timeout 5 abc;", "[emerg] \"keepalive_timeout\" directive invalid value"),
    ("resolver valid=1;", "[emerg] no name servers defined"),
    ("resolver 127.0.0.1 ipv6=x;", "[emerg] invalid parameter: ipv6=x"),
    ("connection_pool_size 10;", "[emerg] the pool size must be no less than 112"),
    ("send_lowat 1;", "[warn] \"send_lowat\" is not supported, ignored"),
    ("http2_push on;", "[warn] the \"http2_push\" directive is obsolete, ignored"),
  ])
  func `a mistake is named as nginx names it`(block: String, expected: String) {
    #expect(diagnostics(of: "events {} http { server { \(block) } }") == [expected])
  }

  @Test func `servers that share an address are compared`() {
    let text = """
      events {} http { server { listen 81 ssl; server_name a; }
      server { listen 81; server_name a .a; } }
      """
    #expect(
      diagnostics(of: text).contains(
        "[warn] conflicting server name \".a\" on 0.0.0.0:81, ignored"))
  }

  @Test func `servers with one name are both named`() {
    let text = """
      events {} http {
      server { listen 81; server_name b
        a; }
      server { listen 81; server_name a; }
      server { listen 82; }
      server { listen 82; }
      }
      """
    let found = loaded(text).diagnostics.map { $0.rendered(program: "apus", in: nil) }
    #expect(
      found == [
        """
        apus: [warn] conflicting server name "a" on 0.0.0.0:81, ignored
          the one in /main.conf:3 counts, the one in /main.conf:4 does not
        """,
        """
        apus: [warn] conflicting server name "" on 0.0.0.0:82, ignored
          the one in /main.conf:5 counts, the one in /main.conf:6 does not
        """,
      ])
  }

  @Test func `types below a location reach it`() {
    let text = """
      events {} http { server { location / {} types { text/x x; } } }
      """
    #expect(diagnostics(of: text) == [])
  }

  private func loaded(_ text: String) -> LoadResult<Site> {
    let configuration = ConfigurationFiles.read(
      mainFile: "/main.conf", folder: "/", globalText: nil, reader: OneFile(text: text))
    var options = LoadOptions(prefix: "/", configurationFolder: "/")
    options.opensFiles = false
    return loadAndCheck(configuration, options)
  }

  private func diagnostics(of text: String) -> [String] {
    loaded(text).diagnostics.map {
      let line = $0.description(program: "")
      return String(line.dropFirst(2).prefix(upTo: line.range(of: " in /main") ?? line.endIndex))
    }
  }
}

extension String {
  fileprivate func range(of text: String) -> String.Index? { firstRange(of: text)?.lowerBound }
}

/// A configuration of one file, in memory.
private struct OneFile: FileReader {
  let text: String

  func bytes(of path: String) throws(ReadError) -> ByteString { ByteString(text) }

  func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
}
