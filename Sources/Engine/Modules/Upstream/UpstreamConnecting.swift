import Bytes
import Sockets

/// Getting a connection to a peer: one that was kept open, or a new one.
extension UpstreamRequest {
  /// Uses a connection that was kept open; false where there is none.
  @inline(never)
  func takeIdleConnection(_ peer: Peer) -> Bool {
    if let tls = handler.tls, tls.isOfOneRequest { return false }
    let pools = exchange.connection.servingLoop.upstreamPools
    guard let pooled = pools.take(peer, of: upstream, owner: ObjectIdentifier(handler.owner)) else {
      return false
    }
    pooled.stream.observer = exchange.waiter
    connection = pooled
    isFromPool = true
    return true
  }

  /// Not inlined: what it needs lies in the memory of the task as long as it runs.
  @inline(never)
  func connect(to peer: Peer) async throws(UpstreamFailure) {
    phase = .connecting
    isFromPool = false
    try checkRoom()
    let stream = try await openStream(to: peer)
    connection = UpstreamConnection(
      stream: stream, peer: peer, owner: ObjectIdentifier(handler.owner),
      counter: exchange.connection.servingLoop.upstreamCounter)
    if let tls = handler.tls { try await shakeHands(stream, tls) }
  }

  /// A location that passes requests to itself would otherwise wait for itself.
  @inline(never)
  private func checkRoom() throws(UpstreamFailure) {
    let servingLoop = exchange.connection.servingLoop
    guard !servingLoop.makeRoomForUpstream() else { return }
    exchange.logError(
      .alert, "\(servingLoop.site.main.workerConnections) worker_connections are not enough")
    throw .exchange(.status(500))
  }

  @inline(never)
  private func openStream(to peer: Peer) async throws(UpstreamFailure) -> ByteStream {
    let deadline = loop.deadline(after: Milliseconds(settings.connectTimeout.milliseconds))
    // It takes a place from the start.
    let counter = exchange.connection.servingLoop.upstreamCounter
    counter.opened()
    defer { counter.closed() }
    var source: SocketAddress?
    if let template = settings.localAddress {
      source = SocketAddress(template.value(for: exchange), defaultPort: 0)
    }
    do {
      return try await Connector.connect(
        to: peer.address, from: source, on: loop, waiter: exchange.waiter, deadline: deadline)
    } catch {
      guard !error.isLocal else {
        exchange.logError(
          .crit, "\(error) while connecting to upstream", upstream: codec.shownURI(peer: peer.name))
        throw .exchange(.status(500))
      }
      throw error == .timedOut ? .timeout : .connection("\(error)")
    }
  }

  @inline(never)
  private func shakeHands(
    _ stream: ByteStream, _ tls: UpstreamTLS
  ) async throws(UpstreamFailure) {
    phase = .handshaking
    connection?.isPrivate = tls.isOfOneRequest
    try tls.start(stream, to: peerName, for: exchange)
    do {
      try await stream.handshake(
        waiter: exchange.waiter, timeout: Milliseconds(settings.connectTimeout.milliseconds))
    } catch {
      throw error == .timedOut ? .timeout : .connection("\(error)")
    }
    if let problem = tls.problem(with: stream, exchange) { throw .connection(problem) }
  }
}
