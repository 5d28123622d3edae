import Bytes
import Synchronization
import Testing

@testable import Engine

@Suite struct DirectiveTests {
  @Test func `a row makes no path to its setting before a file uses it`() {
    let asked = Asked()
    let row = Directive("some_timeout", .time, sets: asked.path, in: .http, "A row.")
    #expect(row.name == "some_timeout")
    #expect(asked.count.load(ordering: .relaxed) == 0)
  }

  /// Counts how often it was asked for a path.
  private final class Asked: Sendable {
    let count = Atomic(0)

    var path: SettingPath<TimeSpan> {
      count.add(1, ordering: .relaxed)
      return .core.keepaliveTimeout
    }
  }

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

  @Test func `words of a set add up where the directive is used again`() throws {
    let server = """
      proxy_next_upstream error; proxy_next_upstream http_404; proxy_ssl_protocols TLSv1.2;
      proxy_ssl_protocols TLSv1.3; location / { proxy_next_upstream off; }
      """
    #expect(load(server: server).messages == [])
    try withExchange(server: server) { exchange in
      #expect(
        exchange.server.location.settings.proxy.upstream.nextUpstream == [.error, .status404])
      let location = try #require(exchange.server.locations.location(for: exchange))
      #expect(location.settings.proxy.upstream.nextUpstream == [.off])
    }
  }

  @Test(arguments: [
    ("proxy_redirect off; proxy_redirect a b;", 1), ("proxy_redirect a b; proxy_redirect off;", 1),
    ("proxy_redirect a b; proxy_redirect c d;", 0), ("proxy_redirect off;", 0),
  ])
  func `proxy_redirect off stands alone`(text: String, count: Int) {
    let sentences = Array(repeating: "\"proxy_redirect\" directive is duplicate", count: count)
    #expect(load(server: text).messages == sentences)
  }
}
