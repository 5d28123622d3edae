import Bytes
import Testing

@testable import Engine
@testable import Sockets

@Suite struct TicketOwnerTests {
  private let settings = TLSSettings()

  @Test func `an owner is told by its names and by all of its settings`() {
    var changed = settings
    changed.keyPairs = [.init(certificate: .init(name: "a"), key: .init(name: "b"))]
    let owner = TicketOwner(names: ["a"], settings)
    #expect(owner == TicketOwner(names: ["a"], TLSSettings()))
    #expect(owner != TicketOwner(names: ["b"], settings))
    #expect(owner != TicketOwner(names: ["a"], changed))
  }
}
