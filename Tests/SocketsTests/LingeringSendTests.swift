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
      #expect(loop.hasLingeringSends)
      var hasEnded = false
      loop.afterLingeringSends { hasEnded = true }
      let text = try await readAll(far, loop)
      #expect(text.utf8.count == count + 14)
      #expect(text.hasSuffix("athe last bytes"))
      await Waiter(on: loop).yieldToOthers()
      #expect(!loop.hasLingeringSends)
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
      #expect(!loop.hasLingeringSends)
    }
  }

  @Test func `a peer that is gone ends it`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      _ = await overfill(near, loop)
      near.close()
      #expect(loop.hasLingeringSends)
      far.close()
      for _ in 0..<3 { await Waiter(on: loop).yieldToOthers() }
      #expect(!loop.hasLingeringSends)
    }
  }
}
