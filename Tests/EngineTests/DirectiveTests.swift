import Bytes
import Testing

@testable import Engine

@Suite struct DirectiveTests {
  @Test(arguments: [
    ("keepalive_timeout 1; keepalive_timeout 2;", "keepalive_timeout"),
    ("sendfile on; sendfile on;", "sendfile"),
    ("proxy_read_timeout 1; proxy_read_timeout 1;", "proxy_read_timeout"),
  ])
  func `a directive that sets one value stands once in a block`(text: String, name: String) {
    #expect(load(server: text).messages == ["\"\(name)\" directive is duplicate"])
    let nested = text.replacing("; ", with: "; location / { ") + " }"
    #expect(load(server: nested).messages == [])
  }

  @Test(arguments: [
    ("", "HTTP_HOST,A,B"), ("fastcgi_param C 3;", "HTTP_HOST,C"),
  ])
  func `a list is inherited where a block has none of its own`(
    inner: String, names: String
  ) throws {
    let server = """
      fastcgi_param A 1; fastcgi_param B 2; location / { \(inner) }
      """
    try withExchange(server: server) { exchange in
      let location = try #require(exchange.server.locations.location(for: exchange))
      let own = location.settings.fastCGI.parameters.map(\.name.string)
      #expect((["HTTP_HOST"] + own).joined(separator: ",") == names)
    }
  }
}
