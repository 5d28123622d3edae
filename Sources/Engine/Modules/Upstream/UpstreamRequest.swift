import Bytes
import Sockets
import Wire

/// The road of a request to an upstream server and of the response back.
///
/// choose a peer → connect → send → read the head → relay; after a failure once more with the next
/// peer, as long as the client has seen nothing. Both directions are pumped by one task with one
/// waiter: whatever moves first moves.
final class UpstreamRequest {
  let exchange: Exchange
  let upstream: Upstream
  let codec: any UpstreamProtocol
  let handler: UpstreamHandlerSettings
  var settings: UpstreamSettings { _read { yield handler.settings } }

  var phase = UpstreamPhase.connecting
  var peer: Peer?

  /// Who chooses the peers; made when their names have been looked up.
  var chooser: PeerChooser?
  var connection: UpstreamConnection?
  var attempt = UpstreamAttempt(peerName: nil)
  private var isAttemptNoted = false

  /// How many attempts have begun, without those that found a kept-alive connection closed.
  private var tries = 0

  /// When no other attempt may begin any more; see `proxy_next_upstream_timeout`.
  private var retryDeadline = Milliseconds.max
  var hasSentRequest = false
  private var isFromPool = false

  // MARK: Request direction, see RequestPump
  var content: RequestContent
  var output: ByteBuffer
  var isRequestSent = false

  /// Whether the server takes nothing more, though it may have answered; see RequestPump.
  var hasSendFailed = false
  var hasRequestEnd = false
  var lastWrite: Milliseconds = 0

  // MARK: Response direction, see ResponsePump
  var input: ByteBuffer
  var head: ResponseHead?
  var isContentComplete = false
  var lastRead: Milliseconds = 0
  var lastDelivery: Milliseconds = 0
  var attemptStart: Milliseconds = 0

  /// Whether the response is read ahead of the client, instead of in step with it.
  var isBuffering: Bool

  init(
    _ exchange: Exchange, upstream: Upstream,
    codec: any UpstreamProtocol, handler: UpstreamHandlerSettings
  ) {
    self.exchange = exchange
    self.upstream = upstream
    self.codec = codec
    self.handler = handler
    content = .none
    isBuffering = handler.settings.isBuffering
    output = exchange.loop.buffers.take(4096)
    input = exchange.loop.buffers.take(16_384)
  }

  var loop: EventLoop { exchange.loop }

  /// Asks peers until one answers or none is left.
  ///
  /// - Throws: 502 or 504 where none answers; what the client did wrong.
  func run() async throws(Failure) -> HandlerOutcome {
    defer { release() }
    if exchange.body.framing != .none { try await prepareContent() }
    exchange.beginUpstreamGroup()
    if upstream.hasNamesToLookUp { await upstream.lookUpNames(for: exchange) }
    let chooser = upstream.chooser(for: exchange)
    self.chooser = chooser
    retryDeadline =
      settings.nextUpstreamTimeout > .zero
      ? loop.deadline(after: Milliseconds(settings.nextUpstreamTimeout.milliseconds)) : .max
    while let peer = chooser.next() {
      tries += 1
      do throws(UpstreamFailure) {
        let outcome = try await ask(peer)
        // A tunnel keeps its peer busy until it ends.
        if phase != .tunnelling { chooser.finished(peer, failed: false) }
        return outcome
      } catch {
        let isStale = isFromPool && head == nil && error.isOfConnection
        chooser.finished(peer, failed: !isStale && error.isPeersFault)
        try giveUpOrGoOn(error, canRetry: isStale || canRetry())
        if isStale {
          chooser.remainingTries += 1
          tries -= 1
        }
      }
    }
    exchange.logError(
      .error, "no live upstreams while connecting to upstream",
      upstream: codec.shownURI(peer: upstream.name))
    var attempt = UpstreamAttempt(peerName: upstream.name)
    attempt.status = 502
    exchange.upstreamAttempts.append(attempt)
    throw .status(502)
  }

  /// - Parameter isUnderWay: Whether the attempt before has not been given back to the chooser yet.
  private func canRetry(isUnderWay: Bool = false) -> Bool {
    guard let chooser else { return false }
    return (settings.nextUpstreamTries == 0 || tries < settings.nextUpstreamTries)
      && chooser.remainingTries > (isUnderWay ? 1 : 0) && loop.now < retryDeadline
  }

  /// Logs a failure; throws it unless another peer may be asked.
  private func giveUpOrGoOn(_ error: UpstreamFailure, canRetry: Bool) throws(Failure) {
    closeConnection()
    // nginx: an attempt without a response has the status that the client would get.
    if case .peer(let failure) = error, attempt.status == nil { attempt.status = failure.status }
    endAttempt()
    switch error {
    case .exchange(let failure): throw failure
    case .peer(let failure):
      if !failure.message.isEmpty {
        exchange.logError(
          .error, "\(failure.message) while \(phase.rawValue)",
          upstream: codec.shownURI(peer: peer?.name ?? upstream.name))
      }
      if exchange.response.isHeadSent {
        exchange.isPersistent = false
        throw .aborted
      }
      guard canRetry, settings.nextUpstream.contains(failure.reason), isReplayable else {
        throw .status(failure.status)
      }
    }
  }

  /// Whether the request may be sent once more: nothing is lost, and nothing is done twice.
  private var isReplayable: Bool {
    if case .client = content, exchange.body.isStreamed { return false }
    if phase == .connecting || phase == .handshaking || !hasSentRequest { return true }
    if settings.nextUpstream.contains(.nonIdempotent) { return true }
    // nginx: POST, LOCK and PATCH may not be repeated (RFC 9110, section 9.2.2).
    return exchange.method != .post && exchange.method != .lock && exchange.method != .patch
  }

  // MARK: - One attempt

  private func ask(_ peer: Peer) async throws(UpstreamFailure) -> HandlerOutcome {
    begin(peer)
    try await open(peer)
    phase = .sendingRequest
    try codec.writeHead(to: output)
    let head = try await awaitHead()
    exchange.upstreamResponse = head
    attempt.status = head.status
    attempt.headerTime = loop.now - attemptStart
    noteAttempt()
    try checkStatus(head)
    return try await pass(head)
  }

  private func begin(_ peer: Peer) {
    self.peer = peer
    attempt = UpstreamAttempt(peerName: peer.name)
    hasSentRequest = false
    attemptStart = loop.now
    isRequestSent = false
    hasSendFailed = false
    hasRequestEnd = false
    head = nil
    isContentComplete = false
    output.clear()
    input.clear()
    content.rewind()
    exchange.upstreamResponse = nil
    codec.begin(with: peer.name)
  }

  private func open(_ peer: Peer) async throws(UpstreamFailure) {
    phase = .connecting
    if let pooled = exchange.connection.servingLoop.upstreamPools.take(
      peer, of: upstream, owner: ObjectIdentifier(handler.owner))
    {
      pooled.stream.observer = exchange.waiter
      connection = pooled
      isFromPool = true
    } else {
      isFromPool = false
      try checkRoom()
      let stream = try await connect(to: peer)
      connection = UpstreamConnection(
        stream: stream, peer: peer, owner: ObjectIdentifier(handler.owner),
        counter: exchange.connection.servingLoop.upstreamCounter)
      if let tls = handler.tls { try await shakeHands(stream, tls) }
    }
    attempt.connectTime = loop.now - attemptStart
    lastWrite = loop.now
    lastRead = loop.now
  }

  /// A location that passes requests to itself would otherwise wait for itself.
  private func checkRoom() throws(UpstreamFailure) {
    let servingLoop = exchange.connection.servingLoop
    guard !servingLoop.hasRoom else { return }
    exchange.logError(
      .alert, "\(servingLoop.site.main.workerConnections) worker_connections are not enough")
    throw .exchange(.status(500))
  }

  private func connect(to peer: Peer) async throws(UpstreamFailure) -> ByteStream {
    let deadline = loop.deadline(after: Milliseconds(settings.connectTimeout.milliseconds))
    var source: SocketAddress?
    if let template = settings.localAddress {
      source = SocketAddress(template.value(for: exchange), defaultPort: 0)
    }
    do {
      return try await Connector.connect(
        to: peer.address, from: source, on: loop, waiter: exchange.waiter, deadline: deadline)
    } catch {
      throw error == .timedOut ? .timeout : .connection("\(error)")
    }
  }

  private func shakeHands(
    _ stream: ByteStream, _ tls: UpstreamTLS
  ) async throws(UpstreamFailure) {
    phase = .handshaking
    do {
      try stream.startTLS(tls.context(for: loop), serverName: tls.serverName(for: exchange))
      try await stream.handshake(
        waiter: exchange.waiter, timeout: Milliseconds(settings.connectTimeout.milliseconds))
    } catch {
      throw error == .timedOut ? .timeout : .connection("\(error)")
    }
    if let problem = tls.problem(with: stream, exchange) { throw .connection(problem) }
  }

  /// A status that `proxy_next_upstream` names makes the next peer answer, if there is one.
  private func checkStatus(_ head: ResponseHead) throws(UpstreamFailure) {
    let reason = NextUpstream.ofStatus(head.status)
    guard !reason.isEmpty, settings.nextUpstream.contains(reason), isReplayable,
      canRetry(isUnderWay: true)
    else { return }
    throw .peer(PeerFailure(reason: reason, message: "", status: head.status))
  }

  // MARK: - Ends

  /// Notes the attempt in the exchange, for variables and the log; the last word replaces others.
  private func noteAttempt() {
    guard !isAttemptNoted else { return exchange.renewLastAttempt(attempt) }
    exchange.upstreamAttempts.append(attempt)
    isAttemptNoted = true
  }

  func endAttempt() {
    guard attempt.peerName != nil else { return }
    attempt.responseTime = loop.now - attemptStart
    noteAttempt()
    isAttemptNoted = false
    attempt = UpstreamAttempt(peerName: nil)
  }

  func closeConnection() {
    connection?.stream.close()
    connection = nil
  }

  /// Keeps the connection for another request, or closes it.
  func finishConnection() {
    guard let connection else { return }
    self.connection = nil
    if isRequestSent, isContentComplete, input.isEmpty, codec.isConnectionReusable,
      !connection.stream.socket.isHungUp
    {
      exchange.connection.servingLoop.upstreamPools.give(connection, to: upstream)
    } else {
      connection.stream.close()
    }
  }

  private func release() {
    closeConnection()
    endAttempt()
    loop.buffers.give(output)
    loop.buffers.give(input)
  }
}

/// What the locations that pass requests on need for each of them: made once, at load.
final class UpstreamHandlerSettings: Sendable {
  let settings: UpstreamSettings

  /// Which fields of a response reach the client, and how they change.
  let fields: ResponseFieldRules

  /// How connections are encrypted; nil where they are not.
  let tls: UpstreamTLS?

  /// Whether the request's body is passed on.
  let passesContent: Bool

  /// Whether the protocol knows upgrades.
  let allowsUpgrade: Bool

  /// Whether the length of the content must be known before it is sent; HTTP/1.0 knows no chunks.
  let needsContentLength: Bool

  /// Whose idle connections may be used; see `keepalive`.
  let owner: ConnectionOwner

  init(
    _ settings: UpstreamSettings, fields: ResponseFieldRules, owner: ConnectionOwner,
    tls: UpstreamTLS? = nil,
    passesContent: Bool, allowsUpgrade: Bool = false, needsContentLength: Bool = false
  ) {
    self.settings = settings
    self.fields = fields
    self.owner = owner
    self.tls = tls
    self.passesContent = passesContent
    self.allowsUpgrade = allowsUpgrade
    self.needsContentLength = needsContentLength
  }
}

extension UpstreamFailure {
  /// Whether the connection broke, as one that was idle for too long does.
  fileprivate var isOfConnection: Bool {
    guard case .peer(let failure) = self else { return false }
    return failure.reason == .error
  }

  /// Whether the failure counts against the peer; see `max_fails`.
  fileprivate var isPeersFault: Bool {
    guard case .peer(let failure) = self else { return false }
    return failure.reason != .status403 && failure.reason != .status404
  }
}
