import Bytes
import Config
import Sockets
import Testing

@testable import Engine

@Suite struct SiteOutlineTests {
  private func outline(http text: String) -> LoadResult<SiteOutline> {
    let configuration = ConfigurationFiles.read(
      mainFile: "/etc/main.conf", folder: "/etc",
      reader: MemoryFile(text: "events {}\nhttp {\n\(text)\n}\n"))
    return Load.outline(
      of: configuration,
      options: LoadOptions(prefix: "/prefix/", configurationFolder: "/etc/"))
  }

  @Test func `an outline has the addresses of all servers, once each`() throws {
    let text = "server { listen 81; } server { listen 81; server_name b; } server { listen 82; }"
    let outline = try #require(outline(http: text).made)
    #expect(outline.endpoints.map { "\($0.address.text)" } == ["0.0.0.0:81", "0.0.0.0:82"])
  }

  @Test(arguments: [
    ("", ["/prefix/logs/access.log"]),
    ("access_log off;", []),
    ("access_log /a;", ["/a"]),
    ("access_log off; location / { access_log /b; }", ["/b"]),
    ("access_log off; location / { if ($a) { access_log /c; } } set $a b;", ["/c"]),
    ("access_log off; location / { limit_except GET { access_log /d; } }", ["/d"]),
  ])
  func `an outline has the logs of all blocks`(text: String, logs: [String]) throws {
    let outline = try #require(outline(http: "error_log stderr; server { \(text) }").made)
    #expect(outline.logFiles.compactMap(\.path).filter { !$0.hasSuffix("error.log") } == logs)
  }

  @Test(arguments: [
    "proxy_pass https://127.0.0.1; proxy_ssl_verify on;",
    "if ($host) { proxy_pass https://127.0.0.1; } proxy_ssl_verify on;",
    "limit_except GET { proxy_pass https://127.0.0.1; } proxy_ssl_verify on;",
  ])
  func `what is wrong with the settings of a handler is found`(text: String) {
    let result = outline(http: "server { location / { \(text) } }")
    #expect(result.made == nil)
    #expect(
      result.diagnostics.map(\.message)
        == ["no proxy_ssl_trusted_certificate for proxy_ssl_verify"])
  }
}
