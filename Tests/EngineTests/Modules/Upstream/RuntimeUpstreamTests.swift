import Bytes
import Testing

@testable import Engine

@Suite struct RuntimeUpstreamTests {
  @Test(arguments: [
    ("group", "group", true), ("GROUP", "group", true), ("group:81", "group", false),
    ("localhost:81", "localhost", true), ("LocalHost", "localhost", true),
    ("localhost:82", "localhost", false), ("127.0.0.1:82", "127.0.0.1:82", true),
    ("other", "other", false),
  ])
  func `a text names a group, or a host and port of another directive, or what is to be looked up`(
    text: String, name: String, isKnown: Bool
  ) throws {
    let server = """
      location / { proxy_pass http://localhost:81; }
      location /plain { proxy_pass http://localhost; }
      location /group { proxy_pass http://group; }
      """
    let http = "upstream group { server 127.0.0.1:80; } server { listen 80; \(server) }"
    let site = try #require(load(http: http).site)
    try withExchange(on: site) { exchange, _ in
      let found = try exchange.upstream(forAuthority: ByteString(text), defaultPort: 80)
      #expect(found.upstream.name.lowercased.string == name && (found.host == nil) == isKnown)
    }
  }
}
