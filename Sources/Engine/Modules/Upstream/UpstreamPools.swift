import Bytes
import Sockets
import Synchronization

/// Idle connections to upstream servers, one object for each loop.
package final class UpstreamPools {
  private var pools: [UpstreamPool?] = []
  private var isClosing = false

  /// The connection to a peer that was used last; nil where none is idle.
  ///
  /// - Parameter owner: The location's handler; see ``UpstreamConnection/owner``.
  func take(
    _ peer: Peer, of upstream: Upstream, owner: ObjectIdentifier? = nil
  ) -> UpstreamConnection? {
    guard let keepalive = upstream.keepalive, let pool = existingPool(of: upstream) else {
      return nil
    }
    let connection = pool.withObject { $0.take(peer, owner: keepalive.isLocal ? owner : nil) }
    connection?.requestCount += 1
    return connection
  }

  /// Keeps a connection for the next request, or closes it where `keepalive` and its limits say so.
  ///
  /// Only a connection whose response has been read to its end, and that may be kept open as far
  /// as the protocol is concerned, can be given.
  func give(_ connection: UpstreamConnection, to upstream: Upstream) {
    guard let keepalive = upstream.keepalive, !isClosing,
      connection.requestCount < keepalive.requests,
      connection.age <= Milliseconds(keepalive.time.milliseconds), connection.isQuiet
    else { return connection.close() }
    let pause = Milliseconds(keepalive.timeout.milliseconds)
    pool(of: upstream).withObject {
      $0.insert(connection, for: pause, limit: keepalive.maximumIdle)
    }
  }

  /// Closes every idle connection, and from now on each that is given.
  package func closeAll() {
    isClosing = true
    for pool in pools { pool?.closeAll() }
    pools = []
  }

  /// Closes the idle connections of groups that are configured no more.
  func closeAll(but upstreams: some Sequence<Upstream>) {
    let generations = Set(upstreams.map(\.poolSlot.generation))
    for index in pools.indices {
      guard let pool = pools[index], !generations.contains(pool.generation) else { continue }
      pool.closeAll()
      pools[index] = nil
    }
  }

  /// The pool of a group; the list keeps it.
  private func existingPool(of upstream: Upstream) -> Lent<UpstreamPool>? {
    let slot = upstream.poolSlot
    guard slot.index < pools.count, let pool = pools[slot.index], pool.generation == slot.generation
    else { return nil }
    return Lent(pool)
  }

  @inline(__always)
  private func pool(of upstream: Upstream) -> Lent<UpstreamPool> {
    if let pool = existingPool(of: upstream) { return pool }
    let slot = upstream.poolSlot
    while pools.count <= slot.index { pools.append(nil) }
    // The slot's former group has gone with its configuration.
    pools[slot.index]?.closeAll()
    let pool = UpstreamPool(generation: slot.generation)
    pools[slot.index] = pool
    return Lent(pool)
  }
}

/// The idle connections of one group, as a list from the one used last to the one used first.
///
/// Confined to its loop, as the unchecked conformance relies on. Soundness: the list owns one
/// reference to each of its connections, which `insert` adds and `remove` hands to the caller;
/// nobody else sets their links.
final class UpstreamPool: @unchecked Sendable {
  /// The ``UpstreamPoolSlot/generation`` of the group.
  let generation: UInt64

  private(set) var count = 0
  private var newest: Unmanaged<UpstreamConnection>?
  private var oldest: Unmanaged<UpstreamConnection>?

  init(generation: UInt64) { self.generation = generation }

  deinit { closeAll() }

  /// Takes the connection to a peer that was used last.
  func take(_ peer: Peer, owner: ObjectIdentifier?) -> UpstreamConnection? {
    var next = newest
    while let link = next {
      let isWanted = link._withUnsafeGuaranteedRef {
        $0.peer === peer && (owner == nil || $0.owner == owner)
      }
      if isWanted { return remove(link) }
      next = link._withUnsafeGuaranteedRef { $0.older }
    }
    return nil
  }

  /// Adds a connection; the one that has waited longest makes room.
  ///
  /// - Parameter pause: How long it may wait, in milliseconds.
  @inline(__always)
  func insert(_ connection: UpstreamConnection, for pause: Milliseconds, limit: Int) {
    while count >= limit, let oldest { remove(oldest).close() }
    connection.becomeIdle(in: self, for: pause)
    let link = Unmanaged.passRetained(connection)
    if let newest {
      newest._withUnsafeGuaranteedRef { $0.newer = link }
    } else {
      oldest = link
    }
    connection.older = newest
    newest = link
    count += 1
  }

  /// Takes a connection out of the list.
  func remove(_ link: Unmanaged<UpstreamConnection>) -> UpstreamConnection {
    let connection = link.takeRetainedValue()
    let (newer, older) = (connection.newer.take(), connection.older.take())
    if let older { older._withUnsafeGuaranteedRef { $0.newer = newer } } else { oldest = newer }
    if let newer { newer._withUnsafeGuaranteedRef { $0.older = older } } else { newest = older }
    count -= 1
    connection.becomeBusy()
    return connection
  }

  func closeAll() {
    while let newest { remove(newest).close() }
  }
}

/// A number below the number of groups in use, so that a loop finds a group's pool by index.
///
/// Numbers are used again when a configuration has gone; the generation tells the groups apart.
final class UpstreamPoolSlot: Sendable {
  let index: Int
  let generation: UInt64

  private struct Numbers {
    var free: [Int] = []
    var count = 0
    var generation: UInt64 = 0
  }

  private static let numbers = Mutex(Numbers())

  init() {
    (index, generation) = UpstreamPoolSlot.numbers.withLock { numbers in
      numbers.generation += 1
      if let index = numbers.free.popLast() { return (index, numbers.generation) }
      numbers.count += 1
      return (numbers.count - 1, numbers.generation)
    }
  }

  deinit {
    let index = index
    UpstreamPoolSlot.numbers.withLock { $0.free.append(index) }
  }
}
