import Bytes
import Config
import Sockets
import Testing

@testable import Engine

/// Gives the statements of a `stream` block their meaning, beside an `http` block.
private func load(
  stream text: String, http: String = "", replacing predecessor: Site? = nil
) -> LoadResult<Site> {
  let configuration = ConfigurationFiles.read(
    mainFile: "/etc/main.conf", folder: "/etc",
    reader: MemoryFile(text: "events {}\n\(http)\nstream {\n\(text)\n}\n"))
  var options = LoadOptions(prefix: "/prefix/", configurationFolder: "/etc/")
  options.predecessor = predecessor
  return loadAndCheck(configuration, options)
}

/// Gives the directives of the only server of `stream` their meaning.
private func load(streamServer text: String) -> LoadResult<Site> {
  load(stream: "server { listen 127.0.0.1:7000; \(text) }")
}

@Suite struct StreamTests {
  private let ok = "server { listen 7000; return a; }"

  @Test(
    arguments: [
      ("server { proxy_pass 127.0.0.1:1; }", ["no \"listen\" is defined for server"]),
      ("server { listen 127.0.0.1; }", ["no port in \"127.0.0.1\" of the \"listen\" directive"]),
      ("server { listen 7000; listen 7000; }", ["a duplicate listen 0.0.0.0:7000"]),
      (
        "server { listen 7000 default_server; } server { listen 7000 default_server; }",
        [
          "a duplicate default server for 0.0.0.0:7000",
          "conflicting server name \"\" on 0.0.0.0:7000, ignored",
        ]
      ),
      (
        "server { listen 7000; } server { listen 7000 proxy_protocol; }",
        ["conflicting server name \"\" on 0.0.0.0:7000, ignored"]
      ),
      (
        "server { listen 7000 backlog=5; } server { listen 7000 reuseport; }",
        [
          "duplicate listen options for 0.0.0.0:7000",
          "conflicting server name \"\" on 0.0.0.0:7000, ignored",
        ]
      ),
      ("server { listen 7000 http2; }", ["invalid parameter \"http2\""]),
      ("server { listen 7000 foo; }", ["invalid parameter \"foo\""]),
      ("upstream a { }", ["no servers are inside upstream"]),
      ("upstream a { server 127.0.0.1; }", ["no port in upstream \"127.0.0.1\""]),
      ("upstream a { server 127.0.0.1:1 drain; }", ["invalid parameter \"drain\""]),
      ("upstream a { server 127.0.0.1:1 route=a; }", ["invalid parameter \"route=a\""]),
      (
        "upstream a { ip_hash; server 127.0.0.1:1; }",
        ["\"ip_hash\" directive is not allowed here"]
      ),
      (
        "upstream a { keepalive 1; server 127.0.0.1:1; }",
        ["\"keepalive\" directive is not allowed here"]
      ),
      (
        "upstream a { server 127.0.0.1:1; } upstream A { server 127.0.0.1:1; }",
        ["duplicate upstream \"A\""]
      ),
      ("access_log a.log a;", ["unknown log format \"a\""]),
      ("access_log a.log combined;", ["unknown log format \"combined\""]),
      ("access_log a.log;", ["log format is not specified"]),
      ("access_log off a;", ["invalid parameter \"a\""]),
      ("log_format a b; log_format a b;", ["duplicate \"log_format\" name \"a\""]),
      ("log_format combined $remote_addr;", []),
    ] as [(String, [String])])
  func `mistakes of the block are reported in nginx's words`(text: String, messages: [String]) {
    #expect(load(stream: text).messages == messages)
  }

  @Test(
    arguments: [
      ("proxy_pass 127.0.0.1;", ["no port in upstream \"127.0.0.1\""]),
      ("proxy_pass \"\";", ["no host in upstream \"\""]),
      ("proxy_pass unix:;", ["no path in the unix domain socket in upstream \"unix:\""]),
      (
        "proxy_pass 127.0.0.1:1; proxy_pass 127.0.0.1:2;",
        ["\"proxy_pass\" directive is duplicate"]
      ),
      ("return a; return b;", ["\"return\" directive is duplicate"]),
      ("return $http_host;", ["unknown \"http_host\" variable"]),
      ("return $1;", []),
      ("proxy_bind foo;", ["invalid address \"foo\""]),
      ("proxy_timeout x;", ["\"proxy_timeout\" directive invalid value"]),
      ("allow x;", ["invalid parameter \"x\""]),
      ("location / { }", ["\"location\" directive is not allowed here"]),
      ("root /;", ["\"root\" directive is not allowed here"]),
      ("no_such_thing on;", ["unknown directive \"no_such_thing\""]),
      ("preread_buffer_size 16k; preread_timeout 30s; proxy_protocol_timeout 5s;", []),
    ] as [(String, [String])])
  func `mistakes of a server are reported in nginx's words`(text: String, messages: [String]) {
    #expect(load(streamServer: text).messages == messages)
  }

  @Test(
    arguments: [
      ("map $remote_addr $a { default b; }", "directive \"map\""),
      ("geo $a { default b; }", "directive \"geo\""),
      ("limit_conn_zone $remote_addr zone=a:1m;", "directive \"limit_conn_zone\""),
      ("server { listen 7000; ssl_preread on; }", "directive \"ssl_preread\""),
      ("server { listen 7000; ssl_certificate a; }", "directive \"ssl_certificate\""),
      ("server { listen 7000; proxy_ssl on; }", "directive \"proxy_ssl\""),
      ("server { listen 7000; proxy_ssl_verify on; }", "directive \"proxy_ssl_verify\""),
      ("server { listen 7000; pass 127.0.0.1:1; }", "directive \"pass\""),
      ("server { listen 7000; set $a b; }", "directive \"set\""),
      ("server { listen 7000; server_name a; }", "directive \"server_name\""),
      ("server { listen 7000 ssl; }", "the \"ssl\" parameter of \"listen\" of \"stream\""),
      ("server { listen 7000 udp; }", "the \"udp\" parameter of \"listen\" of \"stream\""),
      ("upstream a { least_time connect; server 127.0.0.1:1; }", "directive \"least_time\""),
      ("upstream a { resolver 127.0.0.1; server 127.0.0.1:1; }", "directive \"resolver\""),
      (
        "log_format a b; access_log /a/$remote_addr.log a;",
        "a log of \"stream\" with variables in its name"
      ),
    ])
  func `what nginx has besides is refused and named`(text: String, subject: String) {
    let result = load(stream: text)
    #expect(
      result.messages == ["\(subject) is known to nginx, but not supported by apus yet"])
    #expect(result.site == nil)
  }

  @Test func `what only stream has is no business of http`() {
    let result = load(stream: "", http: "http { proxy_timeout 5s; server { proxy_pass a:1; } }")
    #expect(
      result.messages == [
        "\"proxy_timeout\" directive is not allowed here",
        "\"proxy_pass\" directive is not allowed here",
      ])
  }

  @Test func `the worlds have variables, formats and groups of their own`() throws {
    let world = """
      upstream a { server 127.0.0.1:1; } log_format a $remote_addr; access_log a.log a;
      """
    let result = load(
      stream: world + "server { listen 7000; proxy_pass a; }",
      http: "http { \(world) server { listen 8000; location / { proxy_pass http://a; } } }")
    #expect(result.messages.isEmpty)
    let site = try #require(result.site)
    #expect(site.stream?.points.map(\.address.text) == ["0.0.0.0:7000"])
    #expect(site.endpoints.map(\.address.text) == ["0.0.0.0:8000", "0.0.0.0:7000"])
    #expect(site.logFiles.contains { $0.path == "/prefix/a.log" })
  }

  @Test func `what nginx finds at the end of the block comes behind its statements`() {
    let result = load(
      stream: "server { listen 7000; return $a; } foo;", http: "http { server { return 200; } }")
    #expect(result.messages == ["unknown directive \"foo\"", "unknown \"a\" variable"])
  }

  @Test func `one address cannot be that of both worlds`() {
    let result = load(stream: ok, http: "http { server { listen 7000; } }")
    #expect(result.messages == ["\"http\" listens on 0.0.0.0:7000 already"])
  }

  @Test func `settings are inherited, and the last to choose what is done wins`() throws {
    let result = load(
      stream: """
        proxy_timeout 5s; proxy_half_close on; tcp_nodelay off;
        server { listen 7000; proxy_timeout 7s; proxy_pass 127.0.0.1:1; return a; }
        """)
    let server = try #require(result.site?.stream?.points.first?.server)
    #expect(server.settings.stream.timeout == .seconds(7))
    #expect(server.settings.stream.isHalfClosable)
    #expect(!server.settings.core.isNoDelay)
    guard case .text(let text) = server.content else {
      Issue.record("not the text")
      return
    }
    #expect(text.constant == "a")
  }

  @Test func `groups live on where nothing has changed`() throws {
    let text = "upstream a { server 127.0.0.1:1; } server { listen 7000; proxy_pass a; }"
    let former = try #require(load(stream: text).site)
    let next = try #require(load(stream: text, replacing: former).site)
    let groups = [former, next].map { $0.stream?.upstreams["a"]?.poolSlot }
    #expect(groups[0] === groups[1])
  }

  @Test func `a file with a stream block is whole, not a snippet`() {
    let configuration = ConfigurationFiles.read(
      mainFile: "/etc/main.conf", folder: "/etc",
      reader: MemoryFile(text: "stream { server { listen 7000; return a; } }"))
    let result = loadAndCheck(
      configuration, LoadOptions(prefix: "/p/", configurationFolder: "/etc/"))
    #expect(result.messages == ["no \"events\" section in configuration"])
    #expect(result.diagnostics.first?.note == "write \"events { }\" above \"stream\"")
  }
}
