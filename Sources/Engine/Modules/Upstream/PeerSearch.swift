import Bytes
import Sockets
import Synchronization

/// The search for a peer without its clock: which peer is next, and what a failure means.
///
/// It does exactly what nginx does, so that a configuration spreads its load alike.
struct PeerSearch {
  let balancer: Balancer

  /// How many attempts are left.
  var remainingTries: Int

  /// The peers that are chosen from now: the backup peers once the others have failed.
  private(set) var group: Balancer.Group

  private var tried = PeerSet()

  /// The identifier of the peer that is asked if it can be.
  var wanted: ByteString?

  /// Where the methods that hash stand.
  var hashing: PeerHashing

  /// - Parameters:
  ///   - client: Whose address `ip_hash` looks at.
  ///   - key: The key of `hash`; nil for other methods.
  init(in balancer: Balancer, client: SocketAddress, key: ByteString? = nil) {
    self.balancer = balancer
    group = balancer.primary
    remainingTries = balancer.primary.tries + balancer.backup.tries
    hashing = PeerHashing(method: balancer.method, client: client, key: key)
  }

  /// The peer to try next; nil where none is left.
  ///
  /// - Parameter now: In seconds.
  mutating func next(at now: Int) -> Peer? {
    if let single = balancer.single, single.maxConnections == 0 {
      let isWanted = single.isDraining && wanted == balancer.identifiers.first
      return single.isDown && !isWanted ? nil : single
    }
    let balancer = balancer
    return balancer.state.withLock { state in choose(&state, at: now) }
  }

  private mutating func choose(_ state: inout Balancer.State, at now: Int) -> Peer? {
    guard let index = index(&state, at: now) else {
      guard group.range.lowerBound == 0, !balancer.backup.range.isEmpty else { return nil }
      group = balancer.backup
      return choose(&state, at: now)
    }
    let peer = balancer.peers[index]
    state.peers[index].connections += 1
    if now - state.peers[index].checkedAt > peer.failTimeout {
      state.peers[index].checkedAt = now
    }
    if balancer.single == nil { tried.insert(index) }
    return peer
  }

  private mutating func index(_ state: inout Balancer.State, at now: Int) -> Int? {
    let wanted = wantedIndex(state, at: now)
    if balancer.single != nil { return wanted ?? (hasRoom(0, state) ? 0 : nil) }
    if case .roundRobin = balancer.method {} else if let wanted { return wanted }
    switch balancer.method {
    case .roundRobin: return heaviest(group.range, &state, at: now, preferring: wanted)
    case .leastConnections: return leastConnected(&state, at: now)
    case .addressHash: return hashedAddress(&state, at: now)
    case .keyHash: return hashedKey(&state, at: now)
    case .consistentHash(let ring): return onRing(ring, &state, at: now)
    case .random: return random(&state, at: now)
    case .randomTwo: return randomOfTwo(&state, at: now)
    }
  }

  // MARK: - Which peers come into question

  /// The place of the peer that the request wants to stay with, where it can be asked.
  private func wantedIndex(_ state: Balancer.State, at now: Int) -> Int? {
    guard let wanted,
      let index = group.range.first(where: { balancer.identifiers[$0] == wanted }),
      isUsable(index, state, at: now, isWanted: true)
    else { return nil }
    return index
  }

  /// Whether a peer may be tried now.
  func isUsable(
    _ index: Int, _ state: Balancer.State, at now: Int, isWanted: Bool = false
  ) -> Bool {
    guard !tried.contains(index), hasRoom(index, state, isWanted: isWanted) else { return false }
    let peer = balancer.peers[index]
    return peer.maxFails == 0 || state.peers[index].fails < peer.maxFails
      || now - state.peers[index].checkedAt > peer.failTimeout
  }

  /// Whether a peer is neither marked as down nor at its limit of connections.
  private func hasRoom(
    _ index: Int, _ state: Balancer.State, isWanted: Bool = false
  ) -> Bool {
    let peer = balancer.peers[index]
    guard !peer.isDown || (isWanted && peer.isDraining) else { return false }
    return peer.maxConnections == 0 || state.peers[index].connections < peer.maxConnections
  }

  // MARK: - Round robin and least connections

  /// Smooth weighted round robin: every candidate gains its weight, the heaviest is chosen and
  /// loses what all gained.
  ///
  /// - Parameter preferred: The peer that is chosen instead; its weight pays for it, though not for
  ///   more than one such request in a row.
  func heaviest(
    _ candidates: Range<Int>, _ state: inout Balancer.State, at now: Int,
    preferring preferred: Int? = nil,
    where isCandidate: (Int, Balancer.State) -> Bool = { _, _ in true }
  ) -> Int? {
    if let preferred,
      state.peers[preferred].currentWeight <= balancer.peers[preferred].weight - group.totalWeight
    {
      return preferred
    }
    var best: Int?
    var total = 0
    for index in candidates where isUsable(index, state, at: now) && isCandidate(index, state) {
      state.peers[index].currentWeight += state.peers[index].effectiveWeight
      total += state.peers[index].effectiveWeight
      if state.peers[index].effectiveWeight < balancer.peers[index].weight {
        state.peers[index].effectiveWeight += 1
      }
      let weight = state.peers[index].currentWeight
      if let other = best, weight <= state.peers[other].currentWeight { continue }
      best = index
    }
    best = preferred ?? best
    if let best { state.peers[best].currentWeight -= total }
    return best
  }

  /// The peer with the fewest connections for its weight; round robin between equals.
  private func leastConnected(_ state: inout Balancer.State, at now: Int) -> Int? {
    var best: Int?
    var isTied = false
    for index in group.range where isUsable(index, state, at: now) {
      guard let other = best else {
        best = index
        continue
      }
      let (load, least) = loads(index, other, state)
      if load < least {
        best = index
        isTied = false
      } else if load == least {
        isTied = true
      }
    }
    guard let best, isTied else { return best }
    return heaviest(best..<group.range.upperBound, &state, at: now) { index, state in
      let (load, least) = loads(index, best, state)
      return load == least
    }
  }

  /// The connections of two peers, made comparable by the weight of the other.
  func loads(_ one: Int, _ other: Int, _ state: Balancer.State) -> (Int, Int) {
    (
      state.peers[one].connections * balancer.peers[other].weight,
      state.peers[other].connections * balancer.peers[one].weight
    )
  }

  // MARK: - Afterwards

  /// Notes that a peer has taken a connection.
  func connected(to peer: Peer) {
    guard balancer.single == nil else { return }
    balancer.state.withLock { $0.peers[peer.index].proveAlive() }
  }

  /// Gives a peer back.
  ///
  /// - Parameter now: In seconds.
  /// - Returns: Whether this failure disabled the peer for a while.
  mutating func finished(_ peer: Peer, failed: Bool, at now: Int) -> Bool {
    if let single = balancer.single {
      // A single peer is never disabled: nothing could take its place.
      remainingTries = 0
      if single.maxConnections > 0 {
        balancer.state.withLock { $0.peers[0].connections -= 1 }
      }
      return false
    }
    remainingTries = max(0, remainingTries - 1)
    return balancer.state.withLock { $0.peers[peer.index].finish(peer, failed: failed, at: now) }
  }
}

extension PeerState {
  /// Forgets the failures of before the current attempt.
  fileprivate mutating func proveAlive() {
    if failedAt < checkedAt { fails = 0 }
  }

  /// Notes the end of an attempt; true where its failure disables the peer.
  fileprivate mutating func finish(_ peer: Peer, failed: Bool, at now: Int) -> Bool {
    connections -= 1
    guard failed else {
      proveAlive()
      return false
    }
    fails += 1
    failedAt = now
    checkedAt = now
    guard peer.maxFails > 0 else { return false }
    effectiveWeight = max(0, effectiveWeight - peer.weight / peer.maxFails)
    return fails >= peer.maxFails
  }
}

/// The places of peers that were tried; nothing is allocated for up to 64 of them.
private struct PeerSet {
  private var first: UInt64 = 0
  private var rest: Set<Int> = []

  func contains(_ index: Int) -> Bool {
    index < 64 ? first >> UInt64(index) & 1 != 0 : rest.contains(index)
  }

  mutating func insert(_ index: Int) {
    if index < 64 { first |= 1 << UInt64(index) } else { rest.insert(index) }
  }
}
