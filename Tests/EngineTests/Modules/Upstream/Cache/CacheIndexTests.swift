import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct CacheIndexTests {
  private let index = CacheIndex(byteCount: 8192)

  private func digest(_ number: Int) -> CacheDigest {
    CacheDigest(of: ByteString(decimal: number))
  }

  private func find(
    _ number: Int, held: CacheNode? = nil, minimumUses: Int = 1, now: Int = 1000
  ) -> (node: CacheNode, finding: CacheIndex.Finding)? {
    index.find(digest(number), held: held, minimumUses: minimumUses, now: now, inactive: 60)
  }

  private func store(_ number: Int, size: Int = 4096, now: Int = 1000) throws {
    index.stored(try #require(find(number, now: now)).node, size: size)
  }

  @Test func `an entry is new, then stored, then found`() throws {
    index.isCold = false
    let (node, finding) = try #require(find(1))
    #expect(finding == .entry(triesFile: false, isScarce: false))
    index.stored(node, size: 4096)
    #expect(try #require(find(1)).finding == .entry(triesFile: true, isScarce: false))
    #expect(index.load.size == 4096)
  }

  @Test func `files may be there before the loader has come by`() throws {
    #expect(try #require(find(1)).finding == .entry(triesFile: true, isScarce: false))
  }

  @Test func `too few uses store nothing`() throws {
    index.isCold = false
    for isScarce in [true, true, false] {
      let (node, finding) = try #require(find(1, minimumUses: 3))
      #expect(finding == .entry(triesFile: false, isScarce: isScarce))
      index.release(node, mark: nil, failure: nil, isKept: true)
    }
  }

  @Test func `a failure answers until its time has come`() throws {
    let node = try #require(find(1)).node
    index.release(node, mark: nil, failure: (502, 1010), isKept: false)
    #expect(try #require(find(1, now: 1010)).finding == .failed(status: 502))
    #expect(try #require(find(1, now: 1011)).finding == .entry(triesFile: true, isScarce: false))
  }

  @Test func `one request at a time fetches a response`() throws {
    let loop = try EventLoop(index: 0)
    func lock(_ node: CacheNode, _ now: Milliseconds) -> CacheIndex.Lock {
      index.lock(
        node, now: now, age: 100, CacheWaiter(loop: loop, waiter: Waiter(on: loop)))
    }
    let node = try #require(find(1)).node
    #expect(lock(node, 1000) == .isOwn(mark: 1))
    #expect(lock(node, 1050) == .waits(until: 1100))
    // Who takes too long is overtaken, and does not open the lock of another.
    #expect(lock(node, 1100) == .isOwn(mark: 2))
    index.release(node, mark: 1, failure: nil, isKept: true)
    #expect(lock(node, 1150) == .waits(until: 1200))
    index.release(node, mark: 2, failure: nil, isKept: true)
    #expect(lock(node, 1160) == .isOwn(mark: 3))
  }

  @Test func `many may wait for one response, each once`() throws {
    let loop = try EventLoop(index: 0)
    let node = try #require(find(1)).node
    let waiters = (0..<30_000).map { _ in Waiter(on: loop) }
    let start = ContinuousClock.now
    for waiter in waiters + waiters.suffix(100) {
      let waiter = CacheWaiter(loop: loop, waiter: waiter)
      _ = index.lock(node, now: 1000, age: 100, waiter)
    }
    // The first fetches. Were everybody who waits looked at, it would take half a minute.
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(node.waiters.count == waiters.count - 1)
  }

  @Test func `one request at a time renews a response`() throws {
    try store(1)
    let node = try #require(find(1)).node
    let mark = try #require(index.beginUpdate(node))
    #expect(index.beginUpdate(node) == nil)
    index.release(node, mark: mark, failure: nil, isKept: false)
    #expect(index.beginUpdate(node) != nil)
    // That mark has had its time, although it is the same response that is renewed.
    index.release(node, mark: mark, failure: nil, isKept: false)
    #expect(index.beginUpdate(node) == nil)
  }

  @Test func `a failure that took the place of a stored response takes no room`() throws {
    try store(1)
    let node = try #require(find(1)).node
    index.release(node, mark: nil, failure: (502, 1010), isKept: false)
    #expect(index.load.size == 4096)
    let later = try #require(find(1, now: 1011)).node
    index.release(later, mark: nil, failure: nil, isKept: false)
    #expect(index.load.size == 0)
  }

  @Test func `the oldest make room, but for those in use`() throws {
    for number in 0..<index.capacity { try store(number) }
    #expect(find(1000) == nil && index.load.isCrowded)
    let held = try #require(find(0)).node
    guard case .file(let node) = index.removeOldest() else {
      Issue.record("nothing to remove")
      return
    }
    #expect(node.digest == digest(1) && node !== held)
    index.removed(node)
    #expect(find(1000) != nil)
    #expect(index.load.size == (index.capacity - 1) * 4096)
  }

  @Test func `what nobody asks for goes after a while`() throws {
    try store(1, now: 1000)
    try store(2, now: 1030)
    guard case .nothing(wait: 10) = index.removeOldest(inactiveAt: 1050) else {
      Issue.record("removed too early")
      return
    }
    guard case .file(let node) = index.removeOldest(inactiveAt: 1060) else {
      Issue.record("not removed")
      return
    }
    #expect(node.digest == digest(1))
  }

  @Test func `a removal that was overtaken leaves the new response`() throws {
    try store(1)
    guard case .file(let node) = index.removeOldest() else { return }
    try store(1, size: 8192)
    index.removed(node)
    #expect(index.load.size == 8192)
    #expect(try #require(find(1)).finding == .entry(triesFile: true, isScarce: false))
  }
}
