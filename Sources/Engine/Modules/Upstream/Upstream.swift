import Bytes
import Sockets
import Synchronization

/// A group of servers that can answer a request: an `upstream` block, or the addresses of one URI.
final class Upstream: Sendable {
  /// The name of the block, or the host of the URI.
  let name: ByteString

  /// How idle connections are kept; nil where every request has a connection of its own.
  let keepalive: KeepaliveSettings?

  /// The place and the identity of the group's idle connections in every loop.
  let poolSlot = UpstreamPoolSlot()

  private let balancer: Balancer

  /// What the balancer hashes; nil for methods that need no key.
  private let key: Template?

  init(
    name: ByteString, peers: [Peer], method: BalancingMethod = .roundRobin, key: Template? = nil,
    keepalive: KeepaliveSettings? = nil
  ) {
    self.name = name
    self.key = key
    self.keepalive = keepalive
    balancer = Balancer(peers: peers, method: method)
  }

  /// A group that nobody configured: the addresses of one host, each as good as the others.
  ///
  /// Such a group keeps no idle connections, as in nginx.
  convenience init(name: ByteString, addresses: [SocketAddress]) {
    let server = UpstreamServer(text: name)
    self.init(
      name: name,
      peers: addresses.enumerated().map { Peer(server, address: $0.element, index: $0.offset) })
  }

  /// The peers, backup peers last.
  var peers: [Peer] { balancer.peers }

  /// Starts the search for a peer.
  func chooser(for exchange: Exchange) -> PeerChooser {
    let search = PeerSearch(
      in: balancer, client: exchange.connection.peerAddress, key: key?.value(for: exchange))
    return PeerChooser(search, loop: exchange.loop)
  }
}

/// How idle connections to a group of servers are kept open.
///
/// Source: nginx, "Module ngx_http_upstream_module", `keepalive`.
struct KeepaliveSettings: Sendable, Equatable {
  /// The most idle connections of each loop.
  var maximumIdle = 32

  /// Whether a connection serves only the location that opened it.
  var isLocal = true

  /// The most requests of one connection.
  var requests = 1000

  /// How long a connection may be idle.
  var timeout = Duration.seconds(60)

  /// How long a connection is used after it was opened.
  var time = Duration.seconds(3600)
}
