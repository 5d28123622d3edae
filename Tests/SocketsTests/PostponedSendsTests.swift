import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct PostponedSendsTests {
  /// How the sends of a batch are made.
  enum Way: CaseIterable {
    case together, oneAfterTheOther
  }

  private func onLoop(
    _ way: Way, _ body: @escaping @Sendable (EventLoop) async throws -> Void
  ) throws {
    try SocketsTests.onLoop { loop in
      if way == .oneAfterTheOther { loop.postponedSends.mayUseRing = false }
      try await body(loop)
    }
  }

  /// What the kernel holds for the reader.
  private func arrived(at stream: ByteStream) -> String {
    let bytes = ByteBuffer(capacity: 65_536)
    let count = bytes.withWritableBytes(minimum: 65_536) { space in
      max(0, linux_receive(stream.socket.descriptor, space.baseAddress, space.count))
    }
    return count == 0 ? "" : bytes.allBytes.string
  }

  /// Lets the current batch end.
  private func endOfBatch(_ loop: EventLoop) async {
    await Waiter(on: loop).yieldToOthers()
  }

  @Test(arguments: Way.allCases) func `small sends wait for the end of the batch, and are one then`(
    _ way: Way
  ) throws {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      #expect(near.write(buffer("one ")) == .bytes(4))
      #expect(near.write(buffer("two")) == .bytes(3))
      #expect(arrived(at: far) == "")
      await endOfBatch(loop)
      #expect(arrived(at: far) == "one two")
    }
  }

  @Test(arguments: Way.allCases) func `what is sent at once goes behind what was postponed`(
    _ way: Way
  ) throws {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      let (other, _) = try socketPair(on: loop)
      _ = near.write(buffer("first "))
      _ = other.write(buffer("x"))
      // Not the last of the list any more, so it cannot be extended.
      _ = near.write(buffer("second "))
      #expect(arrived(at: far) == "first second ")
      _ = near.write(buffer("third "))
      let large = String(repeating: "y", count: 5_000)
      _ = near.write(buffer(large))
      #expect(arrived(at: far) == "third " + large)
    }
  }

  @Test(.enabled(if: (try? SendRing()) != nil)) func `sends to servers go before those to clients`()
    throws
  {
    try onLoop(.together) { loop in
      // Copies of one end of a pair, whose messages arrive in the order of the sends.
      var pair: [CInt] = [-1, -1]
      let kind = CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue)
      try #require(socketpair(AF_UNIX, kind, 0, &pair) == 0)
      defer { close(pair[1]) }
      let client = ByteStream(try Socket(adopting: dup(pair[0]), on: loop))
      let server = ByteStream(try Socket(adopting: pair[0], on: loop))
      server.socket.leadsToServer = true
      #expect(client.write(buffer("answer")) == .bytes(6))
      #expect(server.write(buffer("request")) == .bytes(7))
      await endOfBatch(loop)
      let messages = (0..<2).map { _ in
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = bytes.withUnsafeMutableBytes {
          linux_receive(pair[1], $0.baseAddress, $0.count)
        }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      }
      #expect(messages == ["request", "answer"])
    }
  }

  @Test(arguments: Way.allCases) func `closing and shutting down send what was postponed`(
    _ way: Way
  ) throws {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      _ = near.write(buffer("half"))
      near.shutdownWrite()
      #expect(arrived(at: far) == "half")
      _ = far.write(buffer("whole"))
      far.close()
      #expect(arrived(at: near) == "whole")
    }
  }

  @Test(arguments: Way.allCases) func `many sends and much memory are not postponed for ever`(
    _ way: Way
  ) throws {
    try onLoop(way) { loop in
      var pairs: [(ByteStream, ByteStream)] = []
      for _ in 0..<100 { pairs.append(try socketPair(on: loop)) }
      for (near, _) in pairs { #expect(near.write(buffer("x")) == .bytes(1)) }
      #expect(pairs.filter { arrived(at: $0.1) == "x" }.count == 64)
      await endOfBatch(loop)
      let page = String(repeating: "z", count: 4_096)
      for (near, _) in pairs { #expect(near.write(buffer(page)) == .bytes(4_096)) }
      // The memory of a batch has room for sixteen pages.
      #expect(pairs.filter { arrived(at: $0.1).hasSuffix("z") }.count == 96)
    }
  }

  @Test(arguments: Way.allCases)
  func `a failure shows at the next attempt, and the observer is told`(_ way: Way) throws {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      await endOfBatch(loop)
      near.observer = waiter
      far.close()
      #expect(near.write(buffer("lost")) == .bytes(4))
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      await endOfBatch(loop)
      #expect(near.write(buffer("more")) == .failed(EPIPE))
    }
  }

  @Test(arguments: Way.allCases)
  func `who reads hears of a failure too, when nothing is there to be read`(_ way: Way) throws {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      #expect(far.write(buffer("there")) == .bytes(5))
      // No event tells the sender that its peer does not read any more.
      shutdown(far.socket.descriptor, CInt(SHUT_RD))
      await endOfBatch(loop)
      near.observer = waiter
      #expect(near.write(buffer("lost")) == .bytes(4))
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      let bytes = ByteBuffer(capacity: 1_024)
      #expect(near.isReadyToRead)
      #expect(near.read(into: bytes) == .bytes(5))
      #expect(near.read(into: bytes) == .failed(EPIPE))
    }
  }

  @Test(arguments: Way.allCases)
  func `an observer is not told of a failure in the midst of what it does`(_ way: Way) throws {
    try onLoop(way) { loop in
      var pairs: [(ByteStream, ByteStream)] = []
      for _ in 0...64 { pairs.append(try socketPair(on: loop)) }
      await endOfBatch(loop)
      let observer = BusyObserver()
      for (near, far) in pairs.dropLast() {
        far.close()
        near.observer = observer
        #expect(near.write(buffer("lost")) == .bytes(4))
      }
      // The list is full: this sends what is in it, and all of that fails.
      observer.whileBusy { #expect(pairs[64].0.write(buffer("sent")) == .bytes(4)) }
      #expect(observer.interruptionCount == 0)
      await endOfBatch(loop)
      #expect(observer.callCount >= 64)
      #expect(arrived(at: pairs[64].1) == "sent")
      for (near, _) in pairs { near.close() }
    }
  }

  @Test(arguments: Way.allCases)
  func `an observer that closes a socket is not told what became of its last bytes`(_ way: Way)
    throws
  {
    try onLoop(way) { loop in
      let (near, far) = try socketPair(on: loop)
      await endOfBatch(loop)
      let observer = BusyObserver()
      near.observer = observer
      far.close()
      #expect(near.write(buffer("lost")) == .bytes(4))
      observer.whileBusy { near.close() }
      await endOfBatch(loop)
      #expect(observer.callCount == 0)
    }
  }
}

/// Notes whether it is told of news while it is about something else.
private final class BusyObserver: ReadinessObserver {
  private(set) var callCount = 0
  private(set) var interruptionCount = 0
  private var isBusy = false

  func whileBusy(_ body: () -> Void) {
    isBusy = true
    body()
    isBusy = false
  }

  func readinessChanged() {
    callCount += 1
    if isBusy { interruptionCount += 1 }
  }
}
