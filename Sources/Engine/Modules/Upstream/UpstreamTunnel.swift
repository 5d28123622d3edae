import Bytes
import Config
import Sockets
import Wire

extension UpstreamRequest {
  /// Whether the client has asked for another protocol, and the handler's protocol has upgrades.
  var isUpgradeAsked: Bool {
    handler.allowsUpgrade && !exchange.isSubrequest
      && WebSocketHandshake.isUpgrade(exchange.request.fields, version: exchange.request.version)
  }

  /// Passes on the head of a 101 that the client has not asked for, and nothing behind it.
  ///
  /// Both connections end: either side may take what follows for the new protocol or for the old
  /// one (RFC 9112, section 11.2).
  func endBehind(_ head: ResponseHead) throws(UpstreamFailure) -> HandlerOutcome {
    copyHead(head, length: nil)
    exchange.isPersistent = false
    do throws(Failure) {
      try exchange.sendHead()
      try exchange.endBody()
    } catch {
      throw .exchange(error)
    }
    closeConnection()
    return .responded
  }

  /// Answers 101 and joins the two connections (RFC 9110, section 7.8).
  ///
  /// - Throws: Where the request has not been sent whole: nothing may be tunnelled then.
  func startTunnel(_ head: ResponseHead) throws(UpstreamFailure) -> HandlerOutcome {
    // What is still on its way would reach the server in the midst of the new protocol.
    guard isRequestSent, let connection else {
      throw .invalid("upstream sent 101 (Switching Protocols) before it had the whole request")
    }
    copyHead(head, length: nil)
    do throws(Failure) {
      try exchange.sendHead()
    } catch {
      throw .exchange(error)
    }
    phase = .tunnelling
    isContentComplete = true
    self.connection = nil
    let early = exchange.takeBuffer(max(1, input.count))
    early.append(input, in: 0..<input.count)
    let tunnel = Tunnel(
      exchange: exchange, upstream: connection, chooser: chooser, early: early,
      settings: handler.settings, start: attemptStart)
    isAttemptUnderWay = false
    tunnel.start()
    return .responded
  }
}

/// Two joined connections of a client's upgraded request, such as those of a WebSocket.
///
/// Of the upstream connection it keeps the stream alone, since no pool takes it back.
final class Tunnel: Relay {
  private let exchange: Exchange
  private let peer: Peer
  private let chooser: PeerChooser?
  private let settings: LentValue<UpstreamSettings>
  private let startTime: Milliseconds

  /// - Parameter settings: How the server was asked; the site of the exchange keeps them.
  init(
    exchange: Exchange, upstream: UpstreamConnection, chooser: PeerChooser?, early: ByteBuffer,
    settings: LentValue<UpstreamSettings>, start: Milliseconds
  ) {
    self.exchange = exchange
    peer = upstream.peer
    self.chooser = chooser
    self.settings = settings
    startTime = start
    super.init(
      client: exchange.connection.stream, upstream: upstream.stream,
      toUpstream: exchange.connection.takeInputForTunnel(), toClient: early,
      timeout: Milliseconds(settings.value.readTimeout.milliseconds))
  }

  /// Takes over the connections; the task of the request ends.
  override func start() {
    exchange.connection.detach(keeping: self)
    exchange.connection.servingLoop.upstreamCounter.opened()
    exchange.becomeLasting()
    exchange.connection.servingLoop.trimSoon()
    super.start()
  }

  /// Sends the 101 first.
  override func prepare() -> Readiness {
    let output = exchange.connection.output
    if output.isEmpty { return .ready }
    switch output.flush() {
    case .drained: return .ready
    case .wouldBlock: return .waiting
    case .turnOver: return .turnOver
    case .failed(let code):
      exchange.logSendFailure(code, upstream: shownUpstream)
      return .failed
    }
  }

  override func timedOut() {
    let seconds = settings.value.readTimeout.milliseconds / 1000
    let place = settings.value.readTimeoutPlace.map { " set in \($0.file):\($0.line)" } ?? ""
    exchange.logError(
      .info,
      "upstream timed out (110: Connection timed out) while proxying upgraded connection: "
        + "silent for the \(seconds) s of the read timeout\(place)",
      upstream: shownUpstream)
  }

  override func failed(_ error: StreamError, _ level: LogLevel) {
    exchange.logError(
      level, "\(error) while proxying upgraded connection", upstream: shownUpstream)
  }

  private var shownUpstream: String? {
    exchange.proxyTarget?.object.shownURI(peer: peer.name, for: exchange)
  }

  /// Closes both connections and logs the request.
  override func ended() {
    toUpstream.target.close()
    exchange.connection.servingLoop.upstreamCounter.closed()
    chooser?.finished(peer, failed: false)
    exchange.upstreamAttempts.current.noteTunnel(
      sent: toUpstream.byteCount, received: toClient.byteCount, time: loop.now - startTime)
    exchange.tunnelledByteCount = toClient.byteCount
    exchange.response.isComplete = true
    Pipeline.log(exchange)
    exchange.end()
    exchange.connection.close()
  }
}
