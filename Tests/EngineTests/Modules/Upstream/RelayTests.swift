import Bytes
import CLinux
import Sockets
import Testing

@testable import Engine

/// Two pairs of sockets with a relay between them; a test holds the outer ends.
@Suite struct RelayTests {
  /// What a relay told of itself.
  private final class Told: Relay {
    let streams: [ByteStream]
    let waiter: Waiter
    var isTimedOut = false
    var isOver = false
    var failures: [StreamError] = []

    init(_ streams: [ByteStream], first: ByteBuffer?, timeout: Milliseconds, isHalfClosable: Bool) {
      self.streams = streams
      waiter = Waiter(on: streams[0].loop)
      super.init(
        client: streams[0], upstream: streams[1], toUpstream: first, toClient: nil,
        timeout: timeout, isHalfClosable: isHalfClosable)
    }

    override func timedOut() { isTimedOut = true }

    override func failed(_ error: StreamError, _ level: LogLevel) { failures.append(error) }

    override func ended() {
      isOver = true
      for stream in streams { stream.close() }
      waiter.readinessChanged()
    }
  }

  /// Joins a client and a server, and lets a test speak for both.
  private func relay(
    first: ByteBuffer? = nil, timeout: Milliseconds = 5_000, isHalfClosable: Bool = true,
    _ body: @escaping @Sendable (_ relay: Told, _ client: CInt, _ server: CInt) async -> Void
  ) throws {
    EventLoop.keepJobs()
    let loop = try EventLoop(index: 0)
    nonisolated(unsafe) let first = first
    loop.submit {
      loop.spawn {
        defer { loop.stop() }
        var pairs: [[CInt]] = [[0, 0], [0, 0]]
        for index in 0..<2 { #expect(linux_stream_pair(&pairs[index]) == 0) }
        let streams = pairs.compactMap { try? ByteStream(Socket(adopting: $0[0], on: loop)) }
        let relay = Told(streams, first: first, timeout: timeout, isHalfClosable: isHalfClosable)
        relay.start()
        await body(relay, pairs[0][1], pairs[1][1])
        relay.finish()
        for pair in pairs { close(pair[1]) }
      }
    }
    loop.run()
  }

  @Test func `what goes first is sent, and is not the client's`() throws {
    let first = ByteBuffer(capacity: 8)
    first.append("head")
    try relay(first: first) { relay, client, server in
      #expect(send(client, "data", 4, 0) == 4)
      var all: [UInt8] = []
      while all.count < 8 {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = recv(server, &bytes, 16, 0)
        all += bytes.prefix(max(0, count))
        await relay.waiter.yieldToOthers()
      }
      #expect(all.elementsEqual("headdata".utf8))
      #expect(relay.toUpstream.receivedCount == 4)
      #expect(relay.toUpstream.firstTime != nil)
      #expect(relay.toClient.firstTime == nil)
    }
  }

  @Test(arguments: [true, false])
  func `the first end is the last where halves do not close`(isHalfClosable: Bool) throws {
    try relay(isHalfClosable: isHalfClosable) { relay, client, server in
      #expect(send(client, "data", 4, 0) == 4)
      shutdown(client, CInt(SHUT_WR))
      while !relay.toUpstream.hasEnded { await relay.waiter.yieldToOthers() }
      await relay.waiter.yieldToOthers()
      #expect(relay.isOver == !isHalfClosable)
      var bytes = [UInt8](repeating: 0, count: 16)
      #expect(recv(server, &bytes, 16, 0) == 4)
      #expect(recv(server, &bytes, 16, 0) == 0)
    }
  }

  @Test(arguments: [true, false])
  func `a side that takes nothing is told of, unless it has ended`(hasEnded: Bool) throws {
    try relay { relay, client, server in
      shutdown(server, CInt(hasEnded ? SHUT_RDWR : SHUT_RD))
      while hasEnded, !relay.toClient.hasEnded { await relay.waiter.yieldToOthers() }
      #expect(send(client, "data", 4, 0) == 4)
      while !relay.isOver { await relay.waiter.yieldToOthers() }
      #expect(relay.failures == (hasEnded ? [] : [.system("send", EPIPE)]))
    }
  }

  @Test func `silence ends it, and is told`() throws {
    try relay(timeout: 20) { relay, _, _ in
      #expect(await relay.waiter.wait(until: relay.loop.now + 5_000) == .ready)
      #expect(relay.isTimedOut)
      #expect(relay.isOver)
    }
  }
}
