import Testing

@testable import Sockets

@Suite struct RegistrationsTests {
  @Test func `an event of a descriptor that is gone finds nobody`() throws {
    try onLoop { loop in
      let (one, other) = try socketPair(on: loop)
      var registrations = Registrations()
      let first = registrations.insert(.socket(.passUnretained(one.socket)))
      registrations.remove(first)
      let second = registrations.insert(.socket(.passUnretained(other.socket)))
      #expect(first != second)
      #expect(registrations.owner(of: first) == nil)
      guard case .socket(let found)? = registrations.owner(of: second) else {
        Issue.record("no owner")
        return
      }
      #expect(found.takeUnretainedValue() === other.socket)
      #expect(registrations.owner(of: 99) == nil)
    }
  }
}
