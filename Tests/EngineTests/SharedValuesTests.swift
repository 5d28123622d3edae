import Bytes
import Testing

@testable import Engine

@Suite struct SharedValuesTests {
  private class Part {}
  private final class OtherPart: Part {}

  @Test func `a source has one value of each kind`() {
    let values = SharedValues()
    let (source, other) = (Part(), Part())
    let first = values.value(of: source) { Part() }
    #expect(values.value(of: source) { Part() } === first)
    #expect(values.value(of: other) { Part() } !== first)
    let second: OtherPart = values.value(of: source) { OtherPart() }
    #expect(values.value(of: source) { OtherPart() } === second)
  }

  @Test func `settings that differ in what their hashes leave out are no more than compared`() {
    let values = SharedValues()
    let base = Settings()
    var settings = (0..<20).map { number in
      var settings = base
      settings.core.keepaliveRequests = number
      return Inherited(settings)
    }
    for index in settings.indices { values.share(&settings[index]) }
    for (number, settings) in settings.enumerated() {
      #expect(settings.value.core.keepaliveRequests == number)
    }
    var equal = base
    equal.core.keepaliveRequests = 3
    var shared = Inherited(equal)
    values.share(&shared)
    #expect(shared.value == settings[3].value)
  }

  /// The settings of the locations of a server.
  private func settings(of server: String) throws -> [Settings] {
    try withExchange(server: server) { exchange in
      (0..<3).compactMap { number in
        exchange.server.locations.named(ByteString("@l\(number)"))?.settings
      }
    }
  }

  @Test func `locations that say the same share their settings`() throws {
    let body = "proxy_pass http://127.0.0.1:1; proxy_set_header Host $host; proxy_buffers 4 4k;"
    let all = try settings(
      of: """
        location @l0 { \(body) } location @l1 { \(body) }
        location @l2 { \(body) proxy_set_header X-A b; }
        """)
    #expect(all.count == 3 && all[0] == all[1] && all[0] != all[2])
    #expect(all[2].proxy.requestFields.count == 2)
  }

  @Test func `groups that blocks change alike are shared, too`() throws {
    let body = """
      root /x; add_header A $host; client_max_body_size 1m; error_page 404 /x; expires 1h;
      fastcgi_pass 127.0.0.1:1; fastcgi_param A b; types { text/plain txt; }
      """
    let all = try settings(
      of: "add_header B c; location @l0 { \(body) } location @l1 { \(body) } location @l2 {}")
    #expect(all.count == 3 && all[0] == all[1] && all[0] != all[2])
    #expect(all[0].headers.fields.all.count == 1 && all[2].headers.fields.all.count == 1)
  }

  @Test func `what differs anywhere is not shared`() throws {
    for other in [
      "proxy_set_header Host $http_host;", "proxy_set_header host $host;",
      "proxy_set_header Host $host; proxy_read_timeout 3s;",
      "proxy_set_header Host $host; root /x;",
      "proxy_set_header Host $host; add_header A b;", "proxy_set_header Host $host; types {}",
      "proxy_set_header Host $host; fastcgi_param A b;", #"proxy_set_header Host "$host ";"#,
    ] {
      let all = try settings(
        of: "location @l0 { proxy_set_header Host $host; } location @l1 { \(other) }")
      #expect(all.count == 2 && all[0] != all[1], "\(other)")
    }
  }
}
