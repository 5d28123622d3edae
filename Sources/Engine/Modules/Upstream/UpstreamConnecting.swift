import Bytes
import Sockets

/// Getting a connection to a peer, one that was kept open or a new one, and giving it up.
extension UpstreamRequest {
  /// A connection that was kept open; nil where there is none.
  @inline(__always)
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

  /// Starts to open a connection; ``isOpen(_:)`` tells whether that has to be waited for.
  @inline(never)
  func openConnection(to peer: Peer) throws(UpstreamFailure) -> UpstreamConnection {
    phase = .connecting
    isFromPool = false
    try checkRoom()
    let source = settings.localAddress.flatMap {
      SocketAddress($0.value(for: exchange), defaultPort: 0)
    }
    let stream: ByteStream
    do throws(StreamError) {
      stream = try Connector.start(to: peer.address, from: source, on: loop)
    } catch {
      throw connectFailure(error)
    }
    stream.observer = exchange.waiter
    let connection = UpstreamConnection(
      stream: stream, peer: peer, owner: owner,
      counter: exchange.connection.servingLoop.upstreamCounter)
    if let tls = handler.tls { connection.isPrivate = tls.isOfOneRequest }
    return connection
  }

  /// Whether a new connection can be used.
  func isOpen(_ connection: UpstreamConnection) -> Bool {
    connection.stream.isReadyToWrite && handler.tls == nil
  }

  /// Waits until a new connection can be used; whatever comes of it, the attempt closes it.
  ///
  /// Not inlined: what it needs lies in the memory of the task as long as it runs.
  @inline(never)
  func finishOpening(_ stream: ByteStream) async throws(UpstreamFailure) {
    do throws(StreamError) {
      try await Connector.finish(
        stream, waiter: exchange.waiter,
        deadline: loop.deadline(after: Milliseconds(settings.connectTimeout.milliseconds)))
    } catch {
      throw connectFailure(error)
    }
    if let tls = handler.tls { try await shakeHands(stream, tls) }
  }

  private func connectFailure(_ error: StreamError) -> UpstreamFailure {
    guard error.isLocal else {
      return error == .timedOut ? .timeout : .connection("\(error)")
    }
    exchange.logError(
      .crit, "\(error) while connecting to upstream", upstream: shownURI(peer: peerName))
    return .exchange(.status(500))
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
  @inline(__always)
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

  // MARK: - Ends

  func endAttempt() {
    guard isAttemptUnderWay else { return }
    isAttemptUnderWay = false
    attempt.responseTime = loop.now - attemptStart
    exchange.upstreamAttempts.noteCurrent()
  }

  /// Gives back what the request holds; it must not be used afterwards.
  func giveEverythingBack() {
    closeConnection()
    endAttempt()
    if let buffer = output.take() { exchange.giveBuffer(buffer) }
    if let buffer = headInput.take() { exchange.giveBuffer(buffer) }
    exchange.giveBuffer(input)
  }
}
