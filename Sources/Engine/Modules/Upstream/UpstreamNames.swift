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

    /// When those who wait for the first look-up give up.
    var deadline: Milliseconds = 0

    /// Notes that a look-up begins, if it is time for one.
    ///
    /// - Returns: How long it may take; nil where it is not.
    mutating func beginLookup(at now: Milliseconds, timeout: Milliseconds) -> Milliseconds? {
      // Whoever comes while nothing is known yet waits for the same answer, and no longer.
      if lookupsInProgress > 0 {
        guard balancer.peers.isEmpty, deadline > now else { return nil }
      } else {
        guard now >= nextLookup else { return nil }
        deadline = now + timeout
      }
      lookupsInProgress += 1
      return deadline - now
    }

    mutating func endLookup(at now: Milliseconds, isInterrupted: Bool) {
      lookupsInProgress -= 1
      if !isInterrupted { nextLookup = now + UpstreamNames.interval }
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
    let limit = Milliseconds(core.resolverTimeout.milliseconds)
    guard let resolver = servingLoop.resolver(for: core.resolver),
      let timeout = state.withLock({ $0.beginLookup(at: now, timeout: limit) })
    else { return }
    if balancer.peers.isEmpty { return await lookUp(resolver, waiter, timeout) }
    loop.spawn { await self.lookUp(resolver, Waiter(on: loop), timeout) }
  }

  private func lookUp(_ resolver: Resolver, _ waiter: Waiter, _ timeout: Milliseconds) async {
    defer {
      state.withLock { $0.endLookup(at: waiter.loop.now, isInterrupted: waiter.isInterrupted) }
    }
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
