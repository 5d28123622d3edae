import Bytes
import CLinux
import Glibc
import Sockets
import Testing

@testable import Server

struct ListenerSetTests {
  private func place(_ port: UInt16, host: SocketAddress.Host = .v4(0x7F00_0001))
    -> ServingPlan.Place
  {
    .init(address: SocketAddress(host: host, port: port), options: .init())
  }

  /// A port that nobody listens at.
  private func freePort() throws -> UInt16 {
    try ListeningSocket.open(.loopback(port: 0)).address.port
  }

  /// Opens what places need; nil where that fails, which must not take more than one attempt.
  private func open(
    _ set: ListenerSet, _ places: [ServingPlan.Place], loopCount: Int
  ) -> ListenerSet.Groups? {
    let opening = ListenerOpening(set, places, loopCount: loopCount) {
      Issue.record("\($0) \($1)")
    }
    return opening.attempt() == .open ? opening.groups : nil
  }

  @Test func `an address has a socket for each loop and keeps them`() throws {
    let set = ListenerSet()
    let places = [place(try freePort())]
    let first = try #require(open(set, places, loopCount: 2))
    set.use(first)
    let numbers = set.groups.values.first?.map(\.descriptor)
    #expect(numbers?.count == 2)
    let more = try #require(open(set, places, loopCount: 3))
    set.use(more)
    #expect(set.groups.values.first?.prefix(2).map(\.descriptor) == numbers)
    #expect(set.groups.values.first?.count == 3)
  }

  @Test func `what would take connections from sockets in use listens when it is in use`() throws {
    let (set, port) = (ListenerSet(), try freePort())
    let wide = [place(port, host: .v4(0))]
    let first = try #require(open(set, wide, loopCount: 1))
    set.use(first)
    let more = try #require(open(set, wide, loopCount: 2))
    #expect(more.values.first?.map(\.isListening) == [true, false])
    // An address beside the wildcard that has its connections so far.
    let narrow = [place(port)]
    let second = try #require(open(set, narrow, loopCount: 2))
    #expect(second.values.first?.map(\.isListening) == [false, false])
    set.listen(at: second, narrow) { Issue.record("\($0)") }
    #expect(second.values.first?.map(\.isListening) == [true, true])
    set.use(second)
    // The other way round, the wildcard takes nothing from the address.
    let third = try #require(open(set, wide, loopCount: 1))
    #expect(third.values.first?.map(\.isListening) == [true])
  }

  @Test func `what is given up leaves no file behind, and what is in use stays`() throws {
    let set = ListenerSet()
    let path = "/tmp/apus-listeners-\(getpid()).sock"
    let unix = ServingPlan.Place(
      address: SocketAddress(host: .unix(ByteString(path)), port: 0), options: .init())
    let groups = try #require(open(set, [unix], loopCount: 1))
    #expect(access(path, F_OK) == 0)
    set.discard(groups)
    #expect(access(path, F_OK) != 0)
    let used = try #require(open(set, [unix], loopCount: 1))
    set.use(used)
    set.discard(try #require(open(set, [unix], loopCount: 1)))
    #expect(access(path, F_OK) == 0)
    #expect(used.values.first?.first?.isListening == true)
    set.closeAll()
    #expect(access(path, F_OK) != 0)
  }

  @Test func `an address may give way to the wildcard on its port`() throws {
    let port = try freePort()
    let set = ListenerSet()
    let narrow = [place(port)]
    let first = try #require(open(set, narrow, loopCount: 1))
    set.use(first)
    let wide = [place(port, host: .v4(0))]
    let second = try #require(open(set, wide, loopCount: 2))
    set.use(second)
    #expect(Array(set.groups.keys) == wide.map(\.address))
  }

  @Test func `sockets that were inherited are used and the others closed`() throws {
    let (used, unused) = (
      try ListeningSocket.open(.loopback(port: 0)), try ListeningSocket.open(.loopback(port: 0))
    )
    let numbers = [
      linux_copy_descriptor(used.descriptor), linux_copy_descriptor(unused.descriptor),
    ]
    let set = ListenerSet(inherited: numbers + [0])
    let places = [place(used.address.port)]
    let groups = try #require(open(set, places, loopCount: 1))
    set.use(groups)
    #expect(set.groups.values.first?.map(\.descriptor) == [numbers[0]])
    // Another test may have got the number since.
    #expect(localPort(of: numbers[1]) != unused.address.port)
  }

  /// The port of a socket; nil where the number is none of a socket with a port.
  private func localPort(of descriptor: CInt) -> UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    guard code == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return UInt16(bigEndian: address.sin_port)
  }
}
