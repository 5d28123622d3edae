import Bytes
import Testing

@testable import Engine

@Suite struct BlockSettingsTests {
  @Test func `blocks that say the same share what modules make of it`() throws {
    let body = "auth_basic a; auth_basic_user_file /none;"
    try withExchange(server: "location @a { \(body) } location @b { \(body) }") { exchange in
      let locations = exchange.server.locations
      let (first, second) = (locations.named("@a"), locations.named("@b"))
      #expect(first?.steps.contains(.access) == true && first?.access.count == 1)
      #expect(second?.steps == first?.steps && second?.access.count == 1)
    }
  }
}
