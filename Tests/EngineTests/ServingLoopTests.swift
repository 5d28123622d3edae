import Bytes
import CLinux
import Sockets
import Synchronization
import Testing

@testable import Engine

@Suite struct ServingLoopTests {
  /// Fills the kernel's buffer to the last byte.
  private func fill(_ stream: ByteStream) {
    var size = 65_536
    while size > 0 {
      let piece = [UInt8](repeating: 0x61, count: size)
      let sent = piece.withUnsafeBytes {
        linux_send(stream.socket.descriptor, $0.baseAddress, size)
      }
      if sent <= 0 { size /= 2 }
    }
  }

  @Test func `a closed connection keeps its place until its last bytes are sent`() throws {
    let site = try #require(load(http: "server { return 200; }").site)
    let listener = try #require(site.listeners.first)
    EventLoop.keepJobs()
    let loop = try EventLoop(index: 0)
    let serving = ServingLoop(eventLoop: loop, site: site)
    let counts = Mutex<[Int]>([])
    loop.submit {
      loop.spawn {
        defer { loop.stop() }
        var pair: [CInt] = [0, 0]
        #expect(linux_stream_pair(&pair) == 0)
        guard let socket = try? Socket(adopting: pair[0], on: loop) else { return }
        let near = ByteStream(socket)
        let waiter = Waiter(on: loop)
        serving.adopt(near, from: listener)
        fill(near)
        let bytes = ByteBuffer(capacity: 16)
        bytes.append("the last bytes")
        #expect(near.write(bytes) == .bytes(14))
        await waiter.yieldToOthers()
        counts.withLock { $0.append(serving.connectionCount) }
        for connection in serving.currentConnections { connection.close() }
        counts.withLock { $0.append(serving.connectionCount) }
        loop.lingeringSendEnded = { waiter.readinessChanged() }
        close(pair[1])
        #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
        counts.withLock { $0.append(serving.connectionCount) }
      }
    }
    loop.run()
    #expect(counts.withLock { $0 } == [1, 1, 0])
  }

  @Test func `who is late to take the last bytes gives no room`() throws {
    let site = try #require(load(http: "server { return 200; }").site)
    let listener = try #require(site.listeners.first)
    EventLoop.keepJobs()
    let loop = try EventLoop(index: 0)
    let serving = ServingLoop(eventLoop: loop, site: site)
    let rooms = Mutex<[Bool]>([])
    loop.submit {
      loop.spawn {
        defer { loop.stop() }
        var pair: [CInt] = [0, 0]
        #expect(linux_stream_pair(&pair) == 0)
        guard let socket = try? Socket(adopting: pair[0], on: loop),
          let far = try? Socket(adopting: pair[1], on: loop)
        else { return }
        let near = ByteStream(socket)
        serving.adopt(near, from: listener)
        for connection in serving.currentConnections { connection.requestCount = 1 }
        rooms.withLock { $0.append(serving.hasIdleConnection) }
        fill(near)
        let bytes = ByteBuffer(capacity: 16)
        bytes.append("the last bytes")
        #expect(near.write(bytes) == .bytes(14))
        rooms.withLock { $0.append(serving.hasIdleConnection) }
        await Waiter(on: loop).yieldToOthers()
        rooms.withLock { $0.append(serving.closeIdleConnections()) }
        #expect(serving.connectionCount == 1)
        let received = ByteBuffer(capacity: 65_536)
        while ByteStream(far).read(into: received, minimumRoom: 65_536) != .wouldBlock {}
        await Waiter(on: loop).yieldToOthers()
        rooms.withLock { $0.append(serving.closeIdleConnections()) }
        #expect(serving.connectionCount == 0)
      }
    }
    loop.run()
    #expect(rooms.withLock { $0 } == [true, false, false, true])
  }
}
