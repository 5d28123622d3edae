import Bytes
import Sockets
import Synchronization

/// A `server` directive with the addresses that it stood for when the configuration was read.
struct UpstreamServerAddresses: Sendable {
  let server: UpstreamServer

  /// Empty where the name had no address.
  var addresses: [SocketAddress]

  /// What to look up where there is no address; an empty host for what is no name.
  var host = ByteString()
  var port: UInt16 = 0
}

extension [UpstreamServerAddresses] {
  /// A peer for each address, backup peers last.
  var peers: [Peer] {
    let expanded = flatMap { entry in entry.addresses.map { (entry.server, $0) } }
    let sorted = expanded.filter { !$0.0.isBackup } + expanded.filter(\.0.isBackup)
    return sorted.enumerated().map { Peer($0.element.0, address: $0.element.1, index: $0.offset) }
  }
}

/// Looks up the names of a group that had no address when the configuration was read.
///
/// The resolver remembers answers as long as they are valid; it is asked once in a second.
final class UpstreamNames: Sendable {
  private static let interval: Milliseconds = 1000

  private let servers: [UpstreamServerAddresses]
  private let method: UpstreamMethod
  private let isSticky: Bool
  private let state: Mutex<State>

  private struct State: Sendable {
    var balancer: Balancer
    var addresses: [[SocketAddress]]
    var nextLookup: Milliseconds = 0
    var lookupsInProgress = 0

    /// Notes that a look-up begins, if it is time for one.
    mutating func beginLookup(at now: Milliseconds) -> Bool {
      // Whoever comes while nothing is known yet waits for the same answer.
      let isAwaited = balancer.peers.isEmpty && lookupsInProgress > 0
      guard isAwaited || now >= nextLookup else { return false }
      if !isAwaited { nextLookup = now + UpstreamNames.interval }
      lookupsInProgress += 1
      return true
    }
  }

  init(_ servers: [UpstreamServerAddresses], method: UpstreamMethod, balancer: Balancer) {
    self.servers = servers
    self.method = method
    isSticky = balancer.isSticky
    state = Mutex(State(balancer: balancer, addresses: servers.map(\.addresses)))
  }

  /// The peers with all addresses that are known by now.
  var balancer: Balancer { state.withLock { $0.balancer } }

  /// Looks names up where it is time to; waits only where no peer is known at all.
  func lookUp(on servingLoop: ServingLoop, _ core: CoreSettings, _ waiter: Waiter) async {
    let loop = servingLoop.eventLoop
    let now = loop.now
    guard let resolver = servingLoop.resolver(for: core.resolver),
      state.withLock({ $0.beginLookup(at: now) })
    else { return }
    let timeout = Milliseconds(core.resolverTimeout.milliseconds)
    if balancer.peers.isEmpty { return await lookUp(resolver, waiter, timeout) }
    loop.spawn { await self.lookUp(resolver, Waiter(on: loop), timeout) }
  }

  private func lookUp(_ resolver: Resolver, _ waiter: Waiter, _ timeout: Milliseconds) async {
    defer { state.withLock { $0.lookupsInProgress -= 1 } }
    for (index, server) in servers.enumerated() where !server.host.isEmpty {
      // A name that has no address now keeps those it had.
      guard
        let found = try? await resolver.resolve(server.host, waiter: waiter, timeout: timeout)
      else { continue }
      update(index, found.map { SocketAddress(host: $0.host, port: server.port) })
    }
  }

  private func update(_ index: Int, _ addresses: [SocketAddress]) {
    state.withLock { state in
      guard Set(state.addresses[index]) != Set(addresses) else { return }
      state.addresses[index] = addresses
      var servers = servers
      for index in servers.indices { servers[index].addresses = state.addresses[index] }
      let peers = servers.peers
      state.balancer = Balancer(
        peers: peers, method: method.balancing(peers), isSticky: isSticky)
    }
  }
}
