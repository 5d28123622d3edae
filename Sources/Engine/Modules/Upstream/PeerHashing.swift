import Bytes
import Sockets

/// Where a search by hash, or by chance, stands.
struct PeerHashing {
  /// nginx gives up hashing after so many peers that did not do, and takes turns then.
  private static let maximumMisses = 20

  let key: ByteString
  fileprivate var value: UInt32 = 0
  fileprivate var rounds = 0
  fileprivate var misses = 0
  private let client: SocketAddress

  init(method: BalancingMethod, client: SocketAddress, key: ByteString?) {
    self.client = client
    self.key = key ?? ByteString()
    switch method {
    case .addressHash: value = 89
    case .consistentHash(let ring):
      value = UInt32(ring.index(of: CRC32.checksum(self.key)))
    default: break
    }
  }

  fileprivate var isExhausted: Bool { misses > PeerHashing.maximumMisses }

  /// Notes that a peer did not do; true where it is time to take turns.
  fileprivate mutating func missed() -> Bool {
    misses += 1
    return isExhausted
  }

  // MARK: - nginx's hash functions

  /// Hashes the client's address once more: three bytes of an IPv4 address, all of an IPv6 one.
  fileprivate mutating func extendByAddress() {
    switch client.host {
    case .v4(let host):
      for shift in [24, 16, 8] as [UInt32] { extend(by: host >> shift) }
    case .v6(let high, let low, _):
      for half in [high, low] {
        for shift in stride(from: 56, through: 0, by: -8) {
          extend(by: UInt32(truncatingIfNeeded: half >> UInt64(shift)))
        }
      }
    case .unix:
      for _ in 0..<3 { extend(by: 0) }
    }
  }

  private mutating func extend(by byte: UInt32) {
    value = (value * 113 + (byte & 0xFF)) % 6271
  }

  /// Hashes the key once more, behind the number of the round, as Cache::Memcached does.
  fileprivate mutating func extendByKey() {
    var checksum = CRC32()
    if rounds > 0 { checksum.update(ByteString(decimal: rounds)) }
    checksum.update(key)
    value &+= (checksum.value >> 16) & 0x7FFF
    rounds += 1
  }
}

// MARK: - The methods

extension PeerSearch {
  /// The peer of the client's address: `ip_hash`.
  mutating func hashedAddress(_ state: inout Balancer.State, at now: Int) -> Int? {
    guard !hashing.isExhausted, group.range.count > 1 else {
      return heaviest(group.range, &state, at: now)
    }
    repeat {
      hashing.extendByAddress()
      let index = index(atWeight: hashing.value)
      if isUsable(index, state, at: now) { return index }
    } while !hashing.missed()
    return heaviest(group.range, &state, at: now)
  }

  /// The peer of a key: `hash`.
  mutating func hashedKey(_ state: inout Balancer.State, at now: Int) -> Int? {
    guard !hashing.isExhausted, group.range.count > 1, !hashing.key.isEmpty else {
      return heaviest(group.range, &state, at: now)
    }
    repeat {
      hashing.extendByKey()
      let index = index(atWeight: hashing.value)
      if isUsable(index, state, at: now) { return index }
    } while !hashing.missed()
    return heaviest(group.range, &state, at: now)
  }

  /// The peer of a key on the ring: `hash … consistent`.
  mutating func onRing(_ ring: HashRing, _ state: inout Balancer.State, at now: Int) -> Int? {
    guard !hashing.isExhausted, !hashing.key.isEmpty, !ring.isEmpty else {
      return heaviest(group.range, &state, at: now)
    }
    repeat {
      let server = ring.server(at: Int(hashing.value))
      let peers = balancer.peers
      let found = heaviest(group.range, &state, at: now) { index, _ in
        peers[index].serverText == server
      }
      if let found { return found }
      hashing.value &+= 1
    } while !hashing.missed()
    return heaviest(group.range, &state, at: now)
  }

  /// Any peer: `random`.
  mutating func random(_ state: inout Balancer.State, at now: Int) -> Int? {
    guard !hashing.isExhausted, group.range.count > 1 else {
      return heaviest(group.range, &state, at: now)
    }
    repeat {
      let index = randomIndex(&state)
      if isUsable(index, state, at: now) { return index }
    } while !hashing.missed()
    return heaviest(group.range, &state, at: now)
  }

  /// `random two`: of two peers the one with fewer connections for its weight.
  mutating func randomOfTwo(_ state: inout Balancer.State, at now: Int) -> Int? {
    guard !hashing.isExhausted, group.range.count > 1 else {
      return heaviest(group.range, &state, at: now)
    }
    var first: Int?
    repeat {
      let index = randomIndex(&state)
      guard index != first, isUsable(index, state, at: now) else { continue }
      guard let other = first else {
        first = index
        continue
      }
      let (load, otherLoad) = loads(index, other, state)
      return load > otherLoad ? other : index
    } while !hashing.missed()
    return heaviest(group.range, &state, at: now)
  }

  private func randomIndex(_ state: inout Balancer.State) -> Int {
    index(atWeight: UInt32(state.nextRandom() % UInt64(group.totalWeight)))
  }

  /// The peer that a number falls to when each has as many numbers as its weight.
  private func index(atWeight number: UInt32) -> Int {
    var rest = Int(number) % group.totalWeight
    var index = group.range.lowerBound
    while rest >= balancer.peers[index].weight {
      rest -= balancer.peers[index].weight
      index += 1
    }
    return index
  }
}
