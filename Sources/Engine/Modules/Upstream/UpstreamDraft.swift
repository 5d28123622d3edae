package import Bytes
import Config
import Sockets

/// An `upstream` block while it is being read.
package final class UpstreamDraft {
  package let name: ByteString
  let statement: Statement

  /// The `server` directives with the addresses that their names had at the start.
  var servers: [UpstreamServerAddresses] = []

  var method = UpstreamMethod.roundRobin

  /// Whether a directive has chosen the method.
  var hasMethod = false

  var keepalive = KeepaliveSettings()

  /// How clients stay with one server; nil where they do not.
  var sticky: StickySessions?

  init(name: ByteString, statement: Statement) {
    self.name = name
    self.statement = statement
  }

  /// The finished group.
  ///
  /// - Parameter former: The group of that name in the configuration before; nil for none.
  func built(inPlaceOf former: Upstream?) -> Upstream {
    Upstream(
      name: name, servers: servers, method: method, sticky: sticky,
      keepalive: keepalive.maximumIdle > 0 ? keepalive : nil,
      statements: (statement.block ?? []).map { [$0.name.text] + $0.arguments.map(\.text) },
      former: former)
  }
}

/// The method that an `upstream` block asks for, before its peers are known.
enum UpstreamMethod: Sendable {
  case roundRobin
  case leastConnections
  case addressHash
  case hash(Template, isConsistent: Bool)
  case random
  case randomTwo

  /// Whether `server` may have the parameter `backup`.
  var allowsBackup: Bool {
    switch self {
    case .roundRobin, .leastConnections: true
    case .addressHash, .hash, .random, .randomTwo: false
    }
  }

  /// What is hashed; nil where no key is needed.
  var key: Template? { if case .hash(let key, _) = self { key } else { nil } }

  func balancing(_ peers: [Peer]) -> BalancingMethod {
    switch self {
    case .roundRobin: .roundRobin
    case .leastConnections: .leastConnections
    case .addressHash: .addressHash
    case .hash(_, isConsistent: false): .keyHash
    case .hash(_, isConsistent: true): .consistentHash(HashRing(peers))
    case .random: .random
    case .randomTwo: .randomTwo
    }
  }
}
