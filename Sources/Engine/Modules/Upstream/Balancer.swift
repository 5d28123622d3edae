import Bytes
import Synchronization

/// How a group of servers shares requests.
///
/// Source: nginx, "Module ngx_http_upstream_module".
enum BalancingMethod: Sendable {
  /// Smooth weighted round robin.
  case roundRobin
  /// `least_conn`
  case leastConnections
  /// `ip_hash`
  case addressHash
  /// `hash`
  case keyHash
  /// `hash … consistent`
  case consistentHash(HashRing)
  /// `random`
  case random
  /// `random two`
  case randomTwo
}

/// The peers of a group and what is known about each; all loops share it.
final class Balancer: Sendable {
  /// The peers, backup peers last; each one's index is its place here.
  let peers: [Peer]

  let method: BalancingMethod

  /// The places of the peers that are not backup peers, and of those that are.
  let primary: Group
  let backup: Group

  /// Whether clients stay with one peer, and the identifiers of the peers then.
  let isSticky: Bool
  let identifiers: [ByteString]

  let state: Mutex<State>

  /// A run of peers that are chosen from together.
  struct Group: Sendable {
    let range: Range<Int>
    let totalWeight: Int

    /// The number of peers that are not down.
    let tries: Int

    init(_ range: Range<Int>, of peers: [Peer]) {
      self.range = range
      totalWeight = peers[range].reduce(0) { $0 + $1.weight }
      tries = peers[range].count { !$0.isDown }
    }
  }

  /// What changes from request to request.
  struct State: Sendable {
    var peers: [PeerState]

    /// The state of a generator of random numbers.
    var random: UInt64
  }

  /// - Parameters:
  ///   - isSticky: Whether clients stay with one peer.
  ///   - seed: Where random numbers start; for tests.
  init(
    peers: [Peer], method: BalancingMethod, isSticky: Bool = false,
    seed: UInt64 = .random(in: 0...UInt64.max)
  ) {
    self.isSticky = isSticky
    identifiers = isSticky ? peers.map(StickySessions.identifier(of:)) : []
    let primaryCount = peers.prefix { !$0.isBackup }.count
    self.peers = peers
    self.method = method
    primary = Group(0..<primaryCount, of: peers)
    backup = Group(primaryCount..<peers.count, of: peers)
    state = Mutex(State(peers: peers.map { PeerState(effectiveWeight: $0.weight) }, random: seed))
  }

  /// The only peer; nil where there is a choice.
  var single: Peer? { peers.count == 1 ? peers.first : nil }
}

/// What is known about one peer.
struct PeerState: Sendable {
  var currentWeight = 0

  /// The weight, reduced by failures and restored step by step.
  var effectiveWeight: Int

  /// Failures since the peer last proved to be alive.
  var fails = 0

  /// When the peer last failed, and when it was last tried or failed, in seconds.
  var failedAt = Int.min / 2
  var checkedAt = Int.min / 2

  /// Requests under way.
  var connections = 0
}

extension Balancer.State {
  /// The next random number (SplitMix64).
  mutating func nextRandom() -> UInt64 {
    random &+= 0x9E37_79B9_7F4A_7C15
    var mixed = random
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
