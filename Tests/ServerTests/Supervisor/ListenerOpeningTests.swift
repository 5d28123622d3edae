import CLinux
import Engine
import Sockets
import Testing

@testable import Server

struct ListenerOpeningTests {
  private func place(_ port: UInt16, host: SocketAddress.Host = .v4(0x7F00_0001))
    -> ServingPlan.Place
  {
    .init(address: SocketAddress(host: host, port: port), options: .init())
  }

  @Test func `an address that is taken is tried five times, and nothing changes`() throws {
    let taken = try ListeningSocket.open(.loopback(port: 0))
    let other = try ListeningSocket.open(.loopback(port: 0)).address
    let set = ListenerSet()
    var reports: [String] = []
    let opening = ListenerOpening(
      set, [place(other.port), place(taken.address.port)], loopCount: 1
    ) { reports.append("[\($0.name)] \($1)") }
    for _ in 1...5 { #expect(opening.attempt() == .later) }
    #expect(opening.attempt() == .failed)
    let sentence =
      "[emerg] bind() to 127.0.0.1:\(taken.address.port) failed (98: Address already in use)"
    #expect(
      reports == [sentence]
        + Array(repeating: "[notice] try again to bind() after 500ms", count: 5)
        + ["[emerg] still could not bind()"])
    #expect(opening.advice?.hasPrefix("tried 5 times: another program has it") == true)
    #expect(set.groups.isEmpty)
  }

  @Test func `an address that becomes free meanwhile is taken`() throws {
    let taken = try ListeningSocket.open(.loopback(port: 0))
    let other = try ListeningSocket.open(.loopback(port: 0)).address
    var reportCount = 0
    let opening = ListenerOpening(
      ListenerSet(), [place(other.port), place(taken.address.port)], loopCount: 2
    ) { _, _ in reportCount += 1 }
    #expect(opening.attempt() == .later)
    let early = opening.groups[other]?.map(\.descriptor)
    taken.close()
    #expect(opening.attempt() == .open)
    #expect(reportCount == 2)
    #expect(opening.groups.count == 2)
    #expect(opening.groups[other]?.map(\.descriptor) == early)
  }

  @Test func `what will not pass is not tried again`() {
    var reports: [String] = []
    // An address of a network that is kept for documentation is nobody's.
    let opening = ListenerOpening(
      ListenerSet(), [place(1, host: .v4(0xC000_0201))], loopCount: 1
    ) { reports.append("[\($0.name)] \($1)") }
    #expect(opening.attempt() == .failed)
    #expect(
      reports == ["[emerg] bind() to 192.0.2.1:1 failed (99: Cannot assign requested address)"])
    #expect(opening.advice == nil)
    #expect(throws: StartupError.self) { try opening.complete() }
  }
}
