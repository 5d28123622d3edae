import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite struct LingeringSendTests {
  /// Fills the kernel's buffer to the last byte and postpones some more.
  private func overfill(_ stream: ByteStream, _ loop: EventLoop) async -> Int {
    var count = 0
    var size = 65_536
    while size > 0 {
      let piece = [UInt8](repeating: 0x61, count: size)
      let sent = piece.withUnsafeBytes {
        linux_send(stream.socket.descriptor, $0.baseAddress, size)
      }
      if sent > 0 { count += sent } else { size /= 2 }
    }
    #expect(stream.write(buffer("the last bytes")) == .bytes(14))
    await Waiter(on: loop).yieldToOthers()
    return count
  }

  private func readAll(_ stream: ByteStream, _ loop: EventLoop) async throws -> String {
    let waiter = Waiter(on: loop)
    stream.observer = waiter
    stream.socket.isReadable = true
    let bytes = ByteBuffer(capacity: 65_536)
    while try await stream.readSome(
      into: bytes, minimumRoom: 65_536, waiter: waiter, timeout: 5_000) > 0
    {}
    return bytes.allBytes.string
  }

  @Test func `what the kernel had no room for is sent before the connection is gone`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let count = await overfill(near, loop)
      #expect(near.write(buffer("x")) == .wouldBlock)
      near.close()
      #expect(loop.lingeringSendCount == 1)
      var hasEnded = false
      loop.afterLingeringSends { hasEnded = true }
      let text = try await readAll(far, loop)
      #expect(text.utf8.count == count + 14)
      #expect(text.hasSuffix("athe last bytes"))
      await Waiter(on: loop).yieldToOthers()
      #expect(loop.lingeringSendCount == 0)
      #expect(hasEnded)
    }
  }

  @Test func `the end of a direction waits for the last bytes`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let count = await overfill(near, loop)
      near.shutdownWrite()
      let text = try await readAll(far, loop)
      #expect(text.utf8.count == count + 14)
      #expect(loop.lingeringSendCount == 0)
    }
  }

  @Test func `a peer that is gone ends it`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      _ = await overfill(near, loop)
      near.close()
      #expect(loop.lingeringSendCount == 1)
      far.close()
      for _ in 0..<3 { await Waiter(on: loop).yieldToOthers() }
      #expect(loop.lingeringSendCount == 0)
    }
  }

  @Test func `a connection that is cut off sends what was taken before`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      #expect(near.write(buffer("the last bytes")) == .bytes(14))
      near.cutOff()
      #expect(near.read(into: ByteBuffer(capacity: 16)) == .end)
      #expect(near.write(buffer("more")) == .failed(EPIPE))
      #expect(try await readAll(far, loop) == "the last bytes")
      near.close()
      near.cutOff()
      #expect(loop.lingeringSendCount == 0)
    }
  }

  @Test func `a full connection that is cut off sends the rest when it closes`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      near.observer = waiter
      let count = await overfill(near, loop)
      #expect(near.read(into: ByteBuffer(capacity: 16)) == .wouldBlock)
      near.cutOff()
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      #expect(near.isReadyToWrite)
      #expect(near.write(buffer("more")) == .failed(EPIPE))
      #expect(near.read(into: ByteBuffer(capacity: 16)) == .end)
      near.close()
      let text = try await readAll(far, loop)
      #expect(text.utf8.count == count + 14)
      #expect(text.hasSuffix("athe last bytes"))
    }
  }

  @Test func `a peer that takes nothing is given up after the send timeout`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let count = await overfill(near, loop)
      let waiter = Waiter(on: loop)
      loop.lingeringSendEnded = { waiter.readinessChanged() }
      let start = loop.now
      near.close(sendTimeout: 50)
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      #expect(loop.now >= start + 50)
      #expect(loop.lingeringSendCount == 0)
      #expect(try await readAll(far, loop).utf8.count == count)
    }
  }

  @Test func `nothing is left of a connection whose peer gets no time`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let count = await overfill(near, loop)
      near.close(sendTimeout: 0)
      #expect(loop.lingeringSendCount == 0)
      #expect(try await readAll(far, loop).utf8.count == count)
    }
  }

  @Test func `a peer that takes little at a time is given up in the end`() throws {
    try onLoop { loop in
      var pair: [CInt] = [0, 0]
      try SystemError.check("socketpair", linux_stream_pair(&pair))
      let far = ByteStream(try Socket(adopting: pair[1], on: loop))
      let much = ByteBuffer(capacity: 16)
      much.append(ByteString([UInt8](repeating: 0x61, count: 8 << 20)))
      loop.finishSending(much, to: pair[0], within: 150)
      let start = loop.now
      let waiter = Waiter(on: loop)
      let bytes = ByteBuffer(capacity: 16_384)
      while loop.lingeringSendCount > 0, loop.now < start + 5_000 {
        bytes.clear()
        far.socket.isReadable = true
        _ = far.read(into: bytes)
        _ = await waiter.wait(until: loop.now + 5)
      }
      #expect(loop.lingeringSendCount == 0)
      // At this pace all of it would have gone within the five seconds.
      #expect(!much.isEmpty)
    }
  }
}
