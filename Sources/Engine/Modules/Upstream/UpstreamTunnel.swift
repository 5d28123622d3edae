import Bytes
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
    let early = loop.buffers.take(max(1, input.count))
    early.append(input, in: 0..<input.count)
    let tunnel = Tunnel(
      exchange: exchange, upstream: connection, chooser: chooser, early: early,
      settings: settings, attempt: attempt, start: attemptStart,
      shownURI: codec.shownURI(peer: connection.peer.name))
    isAttemptUnderWay = false
    tunnel.start()
    return .responded
  }
}

/// Two joined connections, such as those of a WebSocket.
///
/// The loop drives it directly: no task, and a buffer only while bytes are on their way. Half of it
/// may be closed: the end of one side's bytes travels to the other side, which may go on.
final class Tunnel: ReadinessObserver {
  /// One direction.
  private struct Direction {
    let source: ByteStream
    let target: ByteStream
    var buffer: ByteBuffer?
    var hasEnded = false

    /// Whether nothing more can come out of it.
    var isShut = false
    var byteCount = 0
  }

  private static let bufferSize = 16_384

  /// How many buffers one direction moves before others have their turn.
  private static let maximumRounds = 16

  private let exchange: Exchange
  private let upstream: UpstreamConnection
  private let chooser: PeerChooser?
  private let settings: UpstreamSettings
  private let readTimeout: Milliseconds
  private let shownURI: String
  private var attempt: UpstreamAttempt
  private let startTime: Milliseconds
  private var toUpstream: Direction
  private var toClient: Direction
  private var timer: Timer?
  private var shutCount = 0
  private var isFinished = false
  private var isScheduled = false

  init(
    exchange: Exchange, upstream: UpstreamConnection, chooser: PeerChooser?, early: ByteBuffer,
    settings: UpstreamSettings, attempt: UpstreamAttempt, start: Milliseconds, shownURI: String
  ) {
    self.exchange = exchange
    self.upstream = upstream
    self.chooser = chooser
    self.settings = settings
    readTimeout = Milliseconds(settings.readTimeout.milliseconds)
    self.attempt = attempt
    self.shownURI = shownURI
    startTime = start
    let client = exchange.connection.stream
    toUpstream = Direction(
      source: client, target: upstream.stream, buffer: exchange.connection.takeInputForTunnel())
    toClient = Direction(source: upstream.stream, target: client, buffer: early)
  }

  private var loop: EventLoop { exchange.loop }

  /// Takes over the connections; the task of the request ends.
  func start() {
    exchange.connection.detach(keeping: self)
    exchange.connection.stream.observer = self
    upstream.stream.observer = self
    timer = Timer(on: loop.timers) { [unowned self] in timedOut() }
    // At once: a client that does not even take the 101 is silent too.
    setTimer()
    exchange.shrinkToFit()
    exchange.connection.servingLoop.trimSoon()
    readinessChanged()
  }

  private func setTimer() {
    timer?.set(loop.deadline(after: readTimeout))
  }

  func readinessChanged() {
    guard !isFinished else { return }
    guard flushHead() else { return }
    let moved = pump(&toUpstream)
    let alsoMoved = pump(&toClient)
    guard let moved, let alsoMoved else { return finish() }
    if shutCount == 2 { return finish() }
    if moved || alsoMoved { setTimer() }
  }

  /// Sends the 101 first.
  private func flushHead() -> Bool {
    let output = exchange.connection.output
    if output.isEmpty { return true }
    switch output.flush() {
    case .drained: return true
    case .wouldBlock: return false
    case .turnOver:
      goOnLater()
      return false
    case .failed:
      finish()
      return false
    }
  }

  /// Moves what can be moved.
  ///
  /// - Returns: Whether anything moved; nil where the connection failed.
  private func pump(_ direction: inout Direction) -> Bool? {
    var moved = false
    for _ in 0..<Tunnel.maximumRounds {
      if let buffer = direction.buffer, !buffer.isEmpty {
        switch direction.target.write(buffer) {
        case .bytes(let count):
          direction.byteCount += count
          moved = true
          continue
        case .wouldBlock: return moved
        case .failed: return nil
        }
      }
      if direction.hasEnded {
        shut(&direction)
        return moved
      }
      guard direction.source.isReadyToRead else {
        giveBuffer(of: &direction)
        return moved
      }
      guard let got = read(&direction) else { return nil }
      if !got { return moved }
      moved = true
    }
    goOnLater()
    return moved
  }

  /// - Returns: false where nothing is there; nil where the connection failed.
  private func read(_ direction: inout Direction) -> Bool? {
    let buffer = direction.buffer ?? loop.buffers.take(Tunnel.bufferSize)
    direction.buffer = buffer
    switch direction.source.read(into: buffer, minimumRoom: Tunnel.bufferSize) {
    case .bytes: return true
    case .wouldBlock:
      giveBuffer(of: &direction)
      return false
    case .end:
      direction.hasEnded = true
      return true
    case .failed: return nil
    }
  }

  private func giveBuffer(of direction: inout Direction) {
    if let buffer = direction.buffer.take() { loop.buffers.give(buffer) }
  }

  private func shut(_ direction: inout Direction) {
    giveBuffer(of: &direction)
    guard !direction.isShut else { return }
    direction.isShut = true
    shutCount += 1
    // After the second end both connections are closed at once, which tells the peer as well.
    if shutCount == 1 { direction.target.shutdownWrite() }
  }

  /// Lets other connections have their turn; edges come only once, so nobody else will call.
  private func goOnLater() {
    guard !isScheduled else { return }
    isScheduled = true
    loop.afterBatch { [self] in
      isScheduled = false
      readinessChanged()
    }
  }

  private func timedOut() {
    let place = settings.readTimeoutPlace.map { " set in \($0)" } ?? ""
    exchange.logError(
      .info,
      "upstream timed out (110: Connection timed out) while proxying upgraded connection: "
        + "silent for the \(settings.readTimeout.milliseconds / 1000) s of the read "
        + "timeout\(place)",
      upstream: shownURI)
    finish()
  }

  /// Closes both connections and logs the request.
  private func finish() {
    guard !isFinished else { return }
    isFinished = true
    timer?.cancel()
    upstream.stream.close()
    chooser?.finished(upstream.peer, failed: false)
    attempt.bytesSent += toUpstream.byteCount
    attempt.bytesReceived += toClient.byteCount
    attempt.responseLength = toClient.byteCount
    attempt.responseTime = loop.now - startTime
    exchange.upstreamAttempts.current = attempt
    exchange.tunnelledByteCount = toClient.byteCount
    exchange.response.isComplete = true
    Pipeline.log(exchange)
    exchange.end()
    for buffer in [toUpstream.buffer, toClient.buffer] {
      if let buffer { loop.buffers.give(buffer) }
    }
    exchange.connection.close()
  }
}
