import Bytes
import Testing

@testable import Sockets

@Suite struct BufferPoolTests {
  @Test(arguments: [(1, 1024), (1024, 1024), (1025, 2048), (65_536, 65_536), (65_537, 65_537)])
  func `a buffer has the next size of the pool`(wanted: Int, capacity: Int) {
    #expect(BufferPool().take(wanted).capacity == capacity)
  }

  @Test func `a returned buffer is empty and comes again`() {
    let pool = BufferPool()
    let first = pool.take(4096)
    first.append("secret" as ByteString)
    pool.give(first)
    let second = pool.take(3000)
    #expect(first === second && second.isEmpty)
    #expect(pool.take(3000) !== second)
  }

  @Test func `a buffer that grew to another size is not kept`() {
    let pool = BufferPool()
    let buffer = ByteBuffer(capacity: 5000)
    pool.give(buffer)
    #expect(pool.take(5000) !== buffer)
  }

  @Test func `draining forgets idle buffers`() {
    let pool = BufferPool()
    let buffer = pool.take(1)
    pool.give(buffer)
    pool.drain()
    #expect(pool.take(1) !== buffer)
  }

  @Test func `buffers of a size that nobody has needed are surplus`() {
    let pool = BufferPool()
    let buffers = (0..<3).map { _ in pool.take(1024) }
    for buffer in buffers { pool.give(buffer) }
    pool.releaseSurplus(but: 1)
    #expect(pool.take(1024) === buffers[2])
    pool.give(buffers[2])
    pool.releaseSurplus(but: 1)
    #expect(pool.take(1024) === buffers[1])
  }
}
