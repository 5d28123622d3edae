import Bytes
import Sockets

/// Getting a connection to a peer, one that was kept open or a new one, and giving it up.
extension UpstreamRequest {
  /// A connection that was kept open; nil where there is none.
  @inline(never)
  func idleConnection(to peer: Lent<Peer>) -> UpstreamConnection? {
    if let tls = handler.tls, tls.isOfOneRequest { return nil }
    let idle = exchange.withServingLoop { servingLoop in
      upstream.withObject { upstream in
        peer.withObject { servingLoop.upstreamPools.take($0, of: upstream, owner: self.owner) }
      }
    }
    guard let idle else { return nil }
    idle.stream.observer = exchange.waiter
    isFromPool = true
    return idle
  }

  /// Not inlined: what it needs lies in the memory of the task as long as it runs.
  @inline(never)
  func connect(to peer: Peer) async throws(UpstreamFailure) -> UpstreamConnection {
    phase = .connecting
    isFromPool = false
    try checkRoom()
    let stream = try await openStream(to: peer)
    let connection = UpstreamConnection(
      stream: stream, peer: peer, owner: owner,
      counter: exchange.connection.servingLoop.upstreamCounter)
    if let tls = handler.tls {
      // Whatever becomes of the handshake, the connection is closed with the attempt.
      self.connection = connection
      connection.isPrivate = tls.isOfOneRequest
      try await shakeHands(stream, tls)
    }
    return connection
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
          .crit, "\(error) while connecting to upstream", upstream: shownURI(peer: peer.name))
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
    try tls.start(stream, to: peerName, for: exchange)
    do {
      try await stream.handshake(
        waiter: exchange.waiter, timeout: Milliseconds(settings.connectTimeout.milliseconds))
    } catch {
      throw error == .timedOut ? .timeout : .connection("\(error)")
    }
    if let problem = tls.problem(with: stream, exchange) { throw .connection(problem) }
  }

  func closeConnection() { connection.take()?.stream.close() }

  /// Keeps the connection for another request, or closes it.
  func finishConnection() {
    guard let connection = connection.take() else { return }
    if isRequestSent, isContentComplete, input.isEmpty, isConnectionReusable,
      !connection.stream.socket.isHungUp, !connection.isPrivate
    {
      exchange.withServingLoop { servingLoop in
        upstream.withObject { servingLoop.upstreamPools.give(connection, to: $0) }
      }
    } else {
      connection.stream.close()
    }
  }
}
