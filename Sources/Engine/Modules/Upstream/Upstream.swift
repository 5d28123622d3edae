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
  let poolSlot: UpstreamPoolSlot

  /// What the configuration says of the group.
  private let signature: UpstreamSignature

  /// The peers that were known when the configuration was read.
  private let initialBalancer: Balancer

  /// What looks up names that were not known then; nil where there are none.
  private let names: UpstreamNames?

  /// The only peer, where there is no choice and nothing to count; nil otherwise.
  let solePeer: Peer?

  /// How clients stay with one server; nil where they do not.
  let sticky: StickySessions?

  /// What the balancer hashes; nil for methods that need no key.
  private let key: Template?

  /// - Parameters:
  ///   - statements: The words of the group's block.
  ///   - former: The group of the configuration before, whose peers, counters and connections live
  ///     on where nothing has changed.
  init(
    name: ByteString, servers: [UpstreamServerAddresses], method: UpstreamMethod = .roundRobin,
    sticky: StickySessions? = nil, keepalive: KeepaliveSettings? = nil,
    statements: [[ByteString]] = [], former: Upstream? = nil
  ) {
    self.name = name
    self.sticky = sticky
    self.keepalive = keepalive
    key = method.key
    signature = UpstreamSignature(statements: statements, addresses: servers.map(\.addresses))
    if let former, former.signature == signature {
      poolSlot = former.poolSlot
      initialBalancer = former.initialBalancer
      names = former.names
      solePeer = former.solePeer
      return
    }
    poolSlot = UpstreamPoolSlot()
    let peers = servers.peers
    initialBalancer = Balancer(
      peers: peers, method: method.balancing(peers), isSticky: sticky != nil)
    let isComplete = servers.allSatisfy(\.host.isEmpty)
    let single = isComplete && sticky == nil ? initialBalancer.single : nil
    solePeer = single.flatMap { $0.isDown || $0.maxConnections > 0 ? nil : $0 }
    names =
      isComplete
      ? nil : UpstreamNames(servers, method: method, balancer: initialBalancer)
  }

  /// A group that nobody configured: the addresses of one host, each as good as the others.
  ///
  /// Such a group keeps no idle connections, as in nginx.
  ///
  /// - Parameter port: The port to connect to where the name has an address only later; nil where
  ///   the name is not to be looked up.
  convenience init(
    name: ByteString, addresses: [SocketAddress], port: UInt16? = nil, former: Upstream? = nil
  ) {
    var server = UpstreamServerAddresses(server: UpstreamServer(text: name), addresses: addresses)
    if let port, addresses.isEmpty {
      server.host = name
      server.port = port
    }
    self.init(name: name, servers: [server], former: former)
  }

  private var balancer: Balancer { names?.balancer ?? initialBalancer }

  /// The peers, backup peers last.
  var peers: [Peer] { balancer.peers }

  /// Whether there is no peer at all, since no name has an address yet.
  var lacksAddresses: Bool { peers.isEmpty }

  /// Whether a name had no address when the configuration was read.
  var hasNamesToLookUp: Bool { names != nil }

  /// Looks up names that had no address when the configuration was read; call it before
  /// ``chooser(for:)``.
  @inline(never)
  func lookUpNames(for exchange: Exchange) async {
    await lookUpNames(
      on: exchange.connection.servingLoop, exchange.settings.core.value, exchange.waiter)
  }

  /// Likewise for whoever waits at a waiter.
  func lookUpNames(on servingLoop: ServingLoop, _ core: CoreSettings, _ waiter: Waiter) async {
    if let names { await names.lookUp(on: servingLoop, core, waiter) }
  }

  /// Starts the search for a peer.
  @inline(never)
  func chooser(for exchange: Exchange) -> PeerChooser {
    let search = PeerSearch(
      in: balancer, client: exchange.connection.peerAddress, key: key?.value(for: exchange))
    return PeerChooser(
      search, loop: exchange.loop, sticky: sticky.map { StickySearch($0, exchange) })
  }

  /// Starts the search for a peer of a client that has no request.
  ///
  /// - Parameter value: Gives the value of the balancer's key.
  func chooser(
    for client: SocketAddress, on loop: EventLoop, value: (Template) -> ByteString
  ) -> PeerChooser {
    PeerChooser(PeerSearch(in: balancer, client: client, key: key.map(value)), loop: loop)
  }
}

/// What must not change for the state of a group to outlive its configuration.
private struct UpstreamSignature: Sendable, Equatable {
  let statements: [[ByteString]]
  let addresses: [[SocketAddress]]
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
  var timeout = TimeSpan.seconds(60)

  /// How long a connection is used after it was opened.
  var time = TimeSpan.seconds(3600)
}
