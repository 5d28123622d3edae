import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct ConnectorTests {
  @Test func `a connection is accepted and carries bytes`() throws {
    try onLoop { loop in
      let listener = try ListeningSocket.open(.loopback(port: 0))
      let acceptor = Acceptor(
        listener, on: loop, failed: { Issue.record($0) }, mayTake: { true },
        opened: { stream in
          loop.spawn { do { try await echo(stream, loop) } catch { Issue.record(error) } }
        })
      try acceptor.start()
      let waiter = Waiter(on: loop)
      let stream = try await Connector.connect(
        to: listener.address, on: loop, waiter: waiter, deadline: loop.deadline(after: 5_000))
      #expect(stream.peerAddress == listener.address)
      #expect(try await exchange("hello", stream, waiter) == "hello")
      stream.close()
      acceptor.stop()
      #expect(!acceptor.isAccepting)
    }
  }

  @Test func `nobody listens at a closed port`() throws {
    try onLoop { loop in
      let listener = try ListeningSocket.open(.loopback(port: 0))
      listener.close()
      await #expect(throws: StreamError.system("connect", ECONNREFUSED)) {
        try await Connector.connect(
          to: listener.address, on: loop, waiter: Waiter(on: loop),
          deadline: loop.deadline(after: 5_000))
      }
    }
  }

  @Test(arguments: [(first: 100, isDelayForbidden: false), (first: 4_096, isDelayForbidden: true)])
  func `only what fits the first packet leaves the delay of small packets alone`(
    first: Int, isDelayForbidden: Bool
  ) throws {
    try onLoop { loop in
      let listener = try ListeningSocket.open(.loopback(port: 0))
      let waiter = Waiter(on: loop)
      let stream = try await Connector.connect(
        to: listener.address, on: loop, waiter: waiter, deadline: loop.deadline(after: 5_000))
      func noDelay() -> CInt {
        linux_option(stream.socket.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY)
      }
      #expect(noDelay() == 0)
      try await stream.writeAll(
        buffer(String(repeating: "a", count: first)), waiter: waiter, timeout: 5_000)
      #expect((noDelay() != 0) == isDelayForbidden)
      try await stream.writeAll(buffer("b"), waiter: waiter, timeout: 5_000)
      #expect(noDelay() != 0)
      stream.close()
      listener.close()
    }
  }

  @Test func `an address that is taken cannot be opened again`() throws {
    let first = try ListeningSocket.open(.loopback(port: 0))
    #expect(throws: SystemError.self) { try ListeningSocket.open(first.address) }
  }
}
