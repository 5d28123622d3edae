import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct ByteStreamTests {
  @Test func `bytes travel over TCP from an acceptor and back`() throws {
    try onLoop { loop in
      let listener = try ListeningSocket.open(.loopback0)
      let acceptor = Acceptor(listener, on: loop) { _ in
      } mayTake: {
        true
      } opened: { stream in
        loop.spawn { try? await echo(stream, loop) }
      }
      try acceptor.start()
      let waiter = Waiter(on: loop)
      let stream = try await Connector.connect(
        to: listener.address, on: loop, waiter: waiter, deadline: loop.now + 5_000)
      #expect(stream.peerAddress == listener.address)
      #expect(try await exchange("hello", stream, waiter) == "hello")
      #expect(try await receive(1_600_000, stream, loop) == 1_600_000)
      stream.close()
    }
  }

  @Test func `no more is read than is asked for, and the rest is there`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      _ = far.write(buffer("first and rest"))
      await Waiter(on: loop).yieldToOthers()
      let bytes = ByteBuffer(capacity: 64)
      #expect(near.read(into: bytes, atMost: 5) == .bytes(5))
      #expect(bytes.allBytes == "first")
      #expect(near.isReadyToRead)
      #expect(near.read(into: bytes) == .bytes(9))
      #expect(bytes.allBytes == "first and rest")
    }
  }

  /// Writes and reads at once, since an echo of a megabyte fills both directions.
  private func receive(
    _ count: Int, _ stream: ByteStream, _ loop: EventLoop
  ) async throws -> Int {
    let waiter = Waiter(on: loop)
    stream.observer = waiter
    let outgoing = buffer(String(repeating: "x", count: count))
    let incoming = ByteBuffer(capacity: 65_536)
    var received = 0
    while received < count {
      let wrote = stream.write(outgoing)
      let read = stream.read(into: incoming, minimumRoom: 4_096)
      received += incoming.count
      incoming.clear()
      if wrote == .wouldBlock || outgoing.isEmpty, read == .wouldBlock {
        #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      }
    }
    return received
  }

  @Test func `a refused connection says so`() throws {
    try onLoop { loop in
      let listener = try ListeningSocket.open(.loopback0)
      let address = listener.address
      listener.close()
      let error = await #expect(throws: StreamError.self) {
        _ = try await Connector.connect(
          to: address, on: loop, waiter: Waiter(on: loop), deadline: loop.now + 5_000)
      }
      #expect(error?.description == "connect() failed (111: Connection refused)")
    }
  }

  @Test func `silence ends in a timeout, and the peer's end is an end`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      near.observer = waiter
      let bytes = ByteBuffer(capacity: 64)
      await #expect(throws: StreamError.timedOut) {
        _ = try await near.readSome(into: bytes, waiter: waiter, timeout: 10)
      }
      _ = far.write(vectors: [buffer("one "), buffer("two")])
      far.close()
      while bytes.count < 7 {
        _ = try await near.readSome(into: bytes, waiter: waiter, timeout: 1_000)
      }
      #expect(bytes.allBytes == "one two")
      #expect(try await near.readSome(into: bytes, waiter: waiter, timeout: 1_000) == 0)
    }
  }

  @Test func `a file is sent from an offset`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let file = linux_memory_file("file")
      defer { close(file) }
      #expect(write(file, "0123456789", 10) == 10)
      var offset = 4
      #expect(near.sendFile(file, offset: &offset, count: 5) == .bytes(5))
      #expect(offset == 9)
      let bytes = ByteBuffer(capacity: 64)
      _ = far.read(into: bytes)
      #expect(bytes.allBytes == "45678")
    }
  }

  @Test func `an address in use is refused, but a group shares it`() throws {
    let group = try ListeningSocket.openGroup(.loopback0, count: 3)
    #expect(Set(group.map(\.boundAddress)).count == 1)
    let error = #expect(throws: SystemError.self) { try ListeningSocket.open(group[0].address) }
    #expect(error?.code == EADDRINUSE)
  }

  @Test func `a stale Unix socket file is replaced, a live one is not`() throws {
    let path = "/tmp/apus-\(getpid())-stale.sock"
    let address = try #require(SocketAddress(ByteString("unix:" + path)))
    try ListeningSocket.open(address).close()
    let live = try ListeningSocket.open(address)
    #expect(throws: SystemError.self) { try ListeningSocket.open(address) }
    live.unlinkPath()
  }
}

extension SocketAddress {
  /// `127.0.0.1` and a port that the kernel chooses.
  static var loopback0: SocketAddress { .loopback(port: 0) }
}
