package import Bytes
import CLinux
package import Sockets
import Wire

/// A client's connection, from accept to close.
///
/// While it is idle it holds neither a task nor a buffer: its socket's events come here. When bytes
/// arrive, requests are served until there is nothing more to read; see ``Pipeline``.
///
/// Confined to its loop, as the unchecked conformance to `Sendable` relies on.
package final class ClientConnection: TimedObject, ReadinessObserver, @unchecked Sendable {
  private enum State {
    /// No request is under way; the timer closes the connection.
    case idle
    /// A request is served.
    case busy
    /// Something else, such as a tunnel, has taken over.
    case detached
    case closed
  }

  /// How long the task of a connection waits for the next request, in milliseconds.
  static let shortPause: Milliseconds = 250

  /// The number of the connection in logs: nginx's `$connection`.
  package let number: Int

  /// The bytes of the connection, within TLS.
  package let stream: ByteStream

  /// The loop of the connection; it outlives all its connections.
  package let loop: EventLoop

  /// Where the connection was accepted.
  package internal(set) var listener: ListenPoint {
    didSet { presumeServer() }
  }

  /// The loop that serves it, with its site.
  package let servingLoop: ServingLoop

  /// What waits to be sent.
  package let output: ClientOutput

  /// Where who serves it sleeps; requests and their upstream connections share it.
  package let waiter: Waiter

  /// The number of requests that the connection has carried: nginx's `$connection_requests`.
  package internal(set) var requestCount = 0

  /// When the connection was accepted, in the loop's time.
  package let startTime: Milliseconds

  /// The addresses that the PROXY protocol told; nil where it was not spoken.
  package var proxiedAddresses: ProxiedAddresses?

  /// The client's address; `real_ip` may replace it.
  package var peerAddress: SocketAddress {
    didSet { knownPeerText.text = nil }
  }

  /// The host of ``peerAddress`` as text: nginx's `$remote_addr`.
  package var peerText: ByteString {
    if let text = knownPeerText.text { return text }
    let text = peerAddress.hostText
    knownPeerText.text = text
    return text
  }

  /// Appends ``peerText``.
  package func appendPeerText(to output: ByteBuffer) {
    if knownPeerText.isEmpty { _ = peerText }
    knownPeerText.append(to: output)
  }

  private var knownPeerText = TextPlace()

  /// The host of ``localAddress`` as text: nginx's `$server_addr`; nil where it is not known.
  package private(set) lazy var localText = localAddress.map {
    // The path of a Unix socket is part of its text alone.
    $0.isUnix ? $0.text : $0.hostText
  }

  /// The server that the name of the TLS handshake chose; nil without TLS or without a name.
  package var namedServer: Server? {
    didSet { presumeServer() }
  }

  /// Bytes that have been read and not used yet; nil while there are none.
  package var input: ByteBuffer?

  /// The value of the last `Host`, and what it says: most connections ask for one host only.
  private var knownHostValue = ByteString()
  private var knownHost: HostName?

  /// The number of the replacement of the site since which the connection is behind; 0 while it is
  /// not.
  var behind: Int32 = 0

  // Small values stand side by side, since a connection may be silent for hours.

  /// How long the client may take nothing of the last bytes, as the last location said.
  private var sendTimeout: TimeSpan?

  /// Whether the current request was read together with the one before: nginx's `$pipe`.
  var isPipelined = false

  /// Whether closing shall reset the connection; see `reset_timedout_connection`.
  var resetsWhenClosed = false

  private var hasReadProxyProtocol = false

  /// How long the connection may wait for its next request, as the last location said.
  private var keepaliveTimeout: TimeSpan?

  private var state = State.idle

  /// Whether something else than the pipeline serves the connection, or has served it to its end.
  private(set) var isDetached = false

  /// Whether the task only waits for another request.
  var isPausing = false

  /// Whether the address of the connection is configured no more.
  var isRetired = false

  /// The place in the loop's list.
  var slot: Int

  /// The site of ``listener`` where that is not the loop's; nil otherwise.
  var formerSite: Site?

  /// What serves the connection instead of the pipeline; see ``detach(keeping:)``.
  private var successor: AnyObject?

  /// The answer that goes on when there is news for ``waiter``.
  private var awaited: AwaitedAnswer?

  init(stream: ByteStream, listener: ListenPoint, servingLoop: ServingLoop, slot: Int) {
    self.stream = stream
    self.listener = listener
    self.servingLoop = servingLoop
    self.slot = slot
    output = ClientOutput(stream: stream)
    loop = stream.loop
    waiter = Waiter(on: stream.loop)
    number = ConnectionNumbers.take()
    startTime = stream.loop.now
    presumedServer = Lent(listener.servers.defaultServer)
    lentSettings = presumedServer.withObject(\.location.lentSettings)
    peerAddress = stream.peerAddress ?? SocketAddress(host: .unix(ByteString()), port: 0)
    super.init(on: stream.loop.timers)
  }

  /// The place of a request that the program makes itself, beside the client's connection.
  ///
  /// It shares the client's stream, to which it never writes; it must not outlive the connection.
  init(beside client: ClientConnection, collector: OutputCollector) {
    stream = client.stream
    listener = client.listener
    servingLoop = client.servingLoop
    slot = -1
    output = ClientOutput(stream: client.stream, collector: collector)
    loop = client.loop
    waiter = Waiter(on: client.loop)
    number = client.number
    startTime = client.startTime
    presumedServer = client.presumedServer
    lentSettings = client.lentSettings
    peerAddress = client.peerAddress
    namedServer = client.namedServer
    proxiedAddresses = client.proxiedAddresses
    requestCount = client.requestCount
    formerSite = client.formerSite
    super.init(on: client.loop.timers)
  }

  /// Whether TLS is in use, which plain HTTP on an address for TLS does without.
  package var isEncrypted: Bool { stream.tls != nil }

  /// The settings before a request has chosen its server.
  package var settings: Settings {
    _read { yield lentSettings.value }
  }

  /// The server before a request has chosen its own, which ``listener`` or ``namedServer`` keeps,
  /// and its settings.
  private(set) var presumedServer: Lent<Server>
  private var lentSettings: LentValue<Settings>

  /// To be called whenever one of those two has changed.
  private func presumeServer() {
    presumedServer = Lent(namedServer ?? listener.servers.defaultServer)
    lentSettings = presumedServer.withObject(\.location.lentSettings)
  }

  // MARK: - Idle

  /// Waits for the first bytes.
  func start() {
    stream.observer = self
    // Nothing was tried yet, so nothing would be news; the first event tells what is there.
    stream.socket.isReadable = false
    arm(settings.core.clientHeaderTimeout)
  }

  /// Serves requests when the idle connection has something to say.
  package func readinessChanged() {
    guard state == .idle, stream.isReadyToRead || stream.socket.isHungUp else { return }
    state = .busy
    cancelDeadline()
    stream.observer = waiter
    loop.enqueue(self)
  }

  /// Goes on with the answer for which there is news, or with the requests that have come.
  package override func runOnLoop() {
    if let answer = awaited.take() {
      Pipeline.resume(answer, after: waiter.outcome)
    } else {
      Pipeline.serve(self)
    }
  }

  /// Waits for news without a task; an answer goes on then, whose exchange keeps the connection.
  ///
  /// - Returns: The outcome where there is no need to wait.
  func sleep(until deadline: Milliseconds, for answer: AwaitedAnswer) -> WaitOutcome? {
    if let outcome = waiter.sleep(self, until: deadline) { return outcome }
    awaited = answer
    return nil
  }

  /// Waits until the client says something.
  private func becomeIdle(after timeout: TimeSpan) {
    state = .idle
    stream.observer = self
    arm(timeout)
  }

  private func arm(_ timeout: TimeSpan) {
    setDeadline(loop.deadline(after: Milliseconds(timeout.milliseconds)))
  }

  package override func deadlinePassed() {
    guard state == .idle else { return }
    if requestCount == 0 {
      logError(.info, "client timed out (110: Connection timed out) while waiting for request")
    }
    close()
  }

  /// Whether no request has begun to arrive, and none is waited for by a task.
  var isIdle: Bool { state == .idle }

  /// Likewise, or in the pause in which its task waits for the next request.
  var isWaitingForRequest: Bool { state == .idle || isPausing }

  func closeIfIdle() {
    if state == .idle { return close() }
    if isPausing { waiter.readinessChanged() }
  }

  // MARK: - Closing

  /// Closes the connection at once, for room even with bytes unsent; a second call does nothing.
  package func close(forRoom isForRoom: Bool = false) {
    guard state != .closed else { return }
    state = .closed
    cancelDeadline()
    successor = nil
    output.discard()
    if let rest = input.take() { giveBuffer(rest) }
    let timeout = isForRoom ? .zero : sendTimeout ?? settings.core.sendTimeout
    if resetsWhenClosed { stream.reset() }
    stream.close(sendTimeout: Milliseconds(timeout.milliseconds))
    servingLoop.forget(self)
  }

  /// Lets a tunnel take over the stream; the task may end, and the connection stays open.
  ///
  /// - Parameter successor: What is told of the stream's events from now on.
  func detach(keeping successor: some ReadinessObserver) {
    state = .detached
    isDetached = true
    self.successor = successor
  }

  /// Hands over bytes that were read behind the head.
  func takeInputForTunnel() -> ByteBuffer? {
    defer { input = nil }
    return input
  }

  /// Whether ``close()`` has been called.
  package var isClosed: Bool { state == .closed }

  // MARK: - Requests

  /// Whether something must be said before the first request.
  @inline(__always)
  var needsHandshake: Bool {
    listener.options.hasProxyProtocol && !hasReadProxyProtocol
      || listener.options.isTLS && !isEncrypted && requestCount == 0
  }

  /// Shakes hands where the address wants TLS.
  ///
  /// - Returns: false where the connection is of no use.
  func handshake() async -> Bool {
    if listener.options.hasProxyProtocol, !hasReadProxyProtocol {
      hasReadProxyProtocol = true
      guard await ProxyProtocol.read(on: self) else { return false }
    }
    guard listener.options.isTLS, !isEncrypted, requestCount == 0 else { return true }
    return await TLSHandshake.run(on: self)
  }

  /// Whether the task may wait for a moment instead of ending.
  ///
  /// A client that has just been answered often asks again at once, and to wait is cheaper than a
  /// new task.
  var mayPause: Bool { requestCount > 0 && !mustLeave && !stream.socket.isHungUp }

  /// Becomes idle.
  ///
  /// - Parameter pause: How long that has been put off, in milliseconds.
  func nothingToRead(after pause: Milliseconds = 0) {
    if mustLeave, requestCount > 0 { return close() }
    let keepalive = keepaliveTimeout ?? settings.core.keepaliveTimeout
    let rest = max(1, keepalive.milliseconds - Int(pause))
    becomeIdle(
      after: requestCount == 0 ? settings.core.clientHeaderTimeout : .milliseconds(rest))
  }

  /// Leaves the head to the exchange; bytes behind the head stay with the connection.
  @inline(__always)
  func separateInput(of head: borrowing RequestHead) {
    if head.buffer.count > head.byteCount {
      let rest = takeBuffer(head.buffer.count - head.byteCount)
      rest.append(head.buffer, in: head.byteCount..<head.buffer.count)
      head.buffer.truncate(to: head.byteCount)
      input = rest
    }
    requestCount += 1
    servingLoop.requestBegan()
  }

  /// What a `Host` field says; nil where it is invalid.
  @inline(__always)
  func host(in line: FieldLine, of fields: Fields) -> HostName? {
    if !line.value.isEmpty, fields.buffer.matches(knownHostValue, in: line.value.range) {
      return knownHost
    }
    let host = servingLoop.hosts.value(fields.buffer, in: line.value.range) { NamedHost($0) }
    (knownHostValue, knownHost) = (host.value, host.name)
    return knownHost
  }

  // MARK: - Between requests

  /// What becomes of the connection after a request.
  enum Ending {
    case staysOpen, closed
    /// See ``closeGracefully(_:)``.
    case lingers
  }

  /// Prepares for the next request.
  ///
  /// - Parameter isUsable: Whether the response was delivered.
  @inline(__always)
  func finish(_ exchange: Exchange, isUsable: Bool) -> Ending {
    if state == .closed { return .closed }
    keepaliveTimeout = exchange.settings.core.keepaliveTimeout
    sendTimeout = exchange.settings.core.sendTimeout
    if isUsable, exchange.isPersistent, exchange.response.isComplete {
      exchange.end()
      return .staysOpen
    }
    if isUsable { return .lingers }
    exchange.end()
    close()
    return .closed
  }
}
