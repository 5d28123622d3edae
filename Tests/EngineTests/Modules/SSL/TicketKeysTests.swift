import Bytes
import Testing

@testable import Engine
@testable import Sockets

@Suite struct TicketKeysTests {
  private let settings = TLSSettings()

  @Test func `keys stay while a session may live, and are understood once more afterwards`() {
    let first = TicketKeys(now: 1_000)
    #expect(first.keys.count == 1)
    #expect(first.keys[0].count == 80)
    let second = TicketKeys(former: first, lifetime: 300, now: 300_999)
    #expect(second.keys == first.keys)
    let third = TicketKeys(former: second, lifetime: 300, now: 301_000)
    #expect(third.keys.count == 2)
    #expect(third.keys[0] != first.keys[0])
    #expect(third.keys[1] == first.keys[0])
    let fourth = TicketKeys(former: third, lifetime: 300, now: 601_000)
    #expect(fourth.keys.count == 2)
    #expect(fourth.keys[1] == third.keys[0])
  }

  @Test func `an owner is told by its names and by all of its settings`() {
    var changed = settings
    changed.keyPairs = [.init(certificate: .init(name: "a"), key: .init(name: "b"))]
    let owner = TicketKeys.Owner(names: ["a"], settings)
    #expect(owner == TicketKeys.Owner(names: ["a"], TLSSettings()))
    #expect(owner != TicketKeys.Owner(names: ["b"], settings))
    #expect(owner != TicketKeys.Owner(names: ["a"], changed))
  }
}
