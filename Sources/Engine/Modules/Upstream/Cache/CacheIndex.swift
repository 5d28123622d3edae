import Bytes
import Sockets
import Synchronization

/// The responses of one cache by their digests, for all loops: nginx's keys zone.
///
/// The number of entries is bounded; one that was not asked for longest makes room for a new one.
final class CacheIndex: Sendable {
  /// The size that `keys_zone` gives it, in bytes.
  let byteCount: Int

  /// The most entries.
  let capacity: Int

  /// nginx needs 128 bytes for an entry, and two pages for itself.
  private static let entrySize = 128
  private static let overhead = 8192

  struct State {
    var nodes: [CacheDigest: CacheNode] = [:]
    unowned(unsafe) var newest: CacheNode?
    unowned(unsafe) var oldest: CacheNode?

    /// What all files take of the disk, in bytes.
    var size = 0

    /// How many entries there should be at most, since there once was no room for another.
    var watermark = Int.max

    /// Whether files that are on the disk may be unknown yet.
    var isCold = true
  }

  let state = Mutex(State())

  init(byteCount: Int) {
    self.byteCount = byteCount
    capacity = max(32, (byteCount - CacheIndex.overhead) / CacheIndex.entrySize)
  }

  // MARK: - Requests

  /// What a request finds.
  enum Finding: Equatable {
    /// A failure that is still to be answered with.
    case failed(status: Int)

    /// - Parameters:
    ///   - triesFile: Whether there may be a file.
    ///   - isScarce: Whether too few requests have asked for the response to store it.
    case entry(triesFile: Bool, isScarce: Bool)
  }

  /// Looks for a digest, and makes an entry for it.
  ///
  /// - Parameters:
  ///   - held: The node that the request has already; nil counts it as a new use.
  ///   - now: In seconds since 1970.
  /// - Returns: nil where there is no room for another entry.
  func find(
    _ digest: CacheDigest, held: CacheNode?, minimumUses: Int, now: Int, inactive: Int
  ) -> (node: CacheNode, finding: Finding)? {
    state.withLock { state in
      guard let node = held ?? state.nodes[digest] else {
        guard state.nodes.count < capacity else {
          state.watermark = state.nodes.count - state.nodes.count / 8
          return nil
        }
        let node = CacheNode(digest)
        state.nodes[digest] = node
        node.useCount = 1
        node.holderCount = 1
        state.moveToFront(node, expiry: now + inactive)
        return (node, .entry(triesFile: state.isCold, isScarce: minimumUses > 1))
      }
      if held == nil {
        node.useCount += 1
        node.holderCount += 1
      }
      state.moveToFront(node, expiry: now + inactive)
      return (node, state.finding(of: node, minimumUses, now))
    }
  }

  /// What a request for a new response is to do.
  enum Lock: Equatable {
    /// It fetches the response, and others wait for it.
    case isOwn(mark: Int)
    /// Another request fetches the response; in the loops' time.
    case waits(until: Milliseconds)
  }

  /// Lets one request at a time fetch a response; the others are woken when that has ended.
  func lock(_ node: CacheNode, now: Milliseconds, age: Milliseconds, _ waiter: CacheWaiter) -> Lock
  {
    state.withLock { _ in
      if node.isUpdating, node.lockTime > now {
        node.waiters[waiter.key] = waiter
        return .waits(until: node.lockTime)
      }
      node.lockTime = now + age
      return .isOwn(mark: node.beginUpdate())
    }
  }

  /// Lets one request at a time renew a response that is too old.
  ///
  /// - Returns: The mark of its update; nil where another request renews it.
  func beginUpdate(_ node: CacheNode) -> Int? {
    state.withLock { _ in node.isUpdating ? nil : node.beginUpdate() }
  }

  /// Notes a file that was found on the disk before the loader came by.
  func noteFound(_ node: CacheNode, size: Int) {
    state.withLock { state in
      guard state.isCold, !node.isStored else { return }
      node.isStored = true
      node.useCount = max(1, node.useCount)
      state.size += size - node.size
      node.size = size
    }
  }

  /// Notes that the response has been stored, and gives the node back.
  func stored(_ node: CacheNode, size: Int) {
    let waiters = state.withLock { state in
      node.holderCount -= 1
      node.failure = nil
      node.isStored = true
      node.isDeleting = false
      state.size += size - node.size
      node.size = size
      return node.endUpdate()
    }
    for waiter in waiters { waiter.wake() }
  }

  /// Gives a node back whose response was not stored.
  ///
  /// - Parameters:
  ///   - mark: That of the request's own update, which ends; nil where it has none.
  ///   - failure: What answers requests for a while.
  ///   - isKept: Whether the entry stays although nothing is stored, to count its uses.
  func release(
    _ node: CacheNode, mark: Int?, failure: (status: Int, until: Int)?, isKept: Bool
  ) {
    let waiters: [CacheWaiter] = state.withLock { state in
      node.holderCount -= 1
      var waiters: [CacheWaiter] = []
      if let mark, node.updateMark == mark { waiters = node.endUpdate() }
      if let failure {
        node.failure = failure
      } else if !node.isStored, node.holderCount == 0, !isKept {
        state.remove(node)
      }
      return waiters
    }
    for waiter in waiters { waiter.wake() }
  }

  // MARK: - Removal

  /// What there is to be removed.
  enum Removal {
    /// An entry whose file is to be removed, then ``removed(_:)`` to be called.
    case file(CacheNode)
    /// An entry without a file, which is gone.
    case done
    /// Nothing, for so many seconds.
    case nothing(wait: Int)
  }

  /// Takes out the entry that was not asked for longest.
  ///
  /// - Parameter now: Only an entry that has been inactive for long enough; nil for any.
  func removeOldest(inactiveAt now: Int? = nil) -> Removal {
    state.withLock { state in
      for _ in 0..<20 {
        guard let node = state.oldest else { return .nothing(wait: 10) }
        if let now, node.expiry > now { return .nothing(wait: min(10, node.expiry - now)) }
        if node.isDeleting { return .nothing(wait: 1) }
        guard node.holderCount == 0 else {
          state.moveToFront(node, expiry: node.expiry + 1)
          continue
        }
        guard node.isStored else {
          state.remove(node)
          return .done
        }
        node.holderCount += 1
        node.isDeleting = true
        return .file(node)
      }
      return .nothing(wait: 1)
    }
  }

  /// Forgets an entry whose file has been removed.
  func removed(_ node: CacheNode) {
    state.withLock { state in
      node.holderCount -= 1
      // Where the response has been stored anew meanwhile, that is what counts.
      if node.isDeleting {
        node.isDeleting = false
        node.isStored = false
        state.forgetSize(of: node)
      }
      if node.holderCount == 0, !node.isStored { state.remove(node) }
    }
  }

  // MARK: - The disk

  /// Adds a file that was found on the disk.
  ///
  /// - Returns: false where there is no room.
  func add(_ digest: CacheDigest, size: Int, expiry: Int) -> Bool {
    state.withLock { state in
      if state.nodes[digest] != nil { return true }
      guard state.nodes.count < capacity else {
        state.watermark = state.nodes.count - state.nodes.count / 8
        return false
      }
      let node = CacheNode(digest)
      node.useCount = 1
      node.isStored = true
      node.size = size
      state.nodes[digest] = node
      state.size += size
      state.moveToFront(node, expiry: expiry)
      return true
    }
  }

  /// Whether files that are on the disk may be unknown yet.
  var isCold: Bool {
    get { state.withLock { $0.isCold } }
    set { state.withLock { $0.isCold = newValue } }
  }

  /// What all files take of the disk in bytes, and whether there are too many entries.
  var load: (size: Int, isCrowded: Bool) {
    state.withLock { ($0.size, $0.nodes.count >= $0.watermark) }
  }
}

extension CacheNode {
  /// Begins an update, and gives it a mark that no other has.
  fileprivate func beginUpdate() -> Int {
    isUpdating = true
    updateMark += 1
    return updateMark
  }

  /// Ends the update; who waits is to be woken once the lock is open.
  fileprivate func endUpdate() -> [CacheWaiter] {
    isUpdating = false
    defer { waiters = [:] }
    return Array(waiters.values)
  }
}

extension CacheIndex.State {
  fileprivate func finding(
    of node: CacheNode, _ minimumUses: Int, _ now: Int
  ) -> CacheIndex.Finding {
    if let failure = node.failure {
      if failure.until >= now { return .failed(status: failure.status) }
      node.renew()
      return .entry(triesFile: isCold, isScarce: minimumUses > 1 && node.useCount < minimumUses)
    }
    let isKnown = node.isStored || node.useCount >= minimumUses
    return .entry(triesFile: node.isStored || isCold, isScarce: !isKnown)
  }

  fileprivate mutating func moveToFront(_ node: CacheNode, expiry: Int) {
    node.expiry = expiry
    guard newest !== node else { return }
    unlink(node)
    node.older = newest
    newest?.newer = node
    newest = node
    if oldest == nil { oldest = node }
  }

  fileprivate mutating func forgetSize(of node: CacheNode) {
    size -= node.size
    node.size = 0
  }

  fileprivate mutating func remove(_ node: CacheNode) {
    forgetSize(of: node)
    unlink(node)
    nodes[node.digest] = nil
  }

  private mutating func unlink(_ node: CacheNode) {
    if newest === node { newest = node.older }
    if oldest === node { oldest = node.newer }
    node.newer?.older = node.older
    node.older?.newer = node.newer
    node.newer = nil
    node.older = nil
  }
}
