package import Bytes
import CLinux
package import Sockets
import Synchronization
import Wire

/// A client's connection, from accept to close.
///
/// While it is idle it holds neither a task nor a buffer: its socket's events come here. When bytes
/// arrive, a task serves requests until there is nothing more to read.
///
/// Confined to its loop, as the unchecked conformance to `Sendable` relies on.
package final class ClientConnection: ReadinessObserver, @unchecked Sendable {
  private enum State {
    /// No request is under way; the timer closes the connection.
    case idle
    /// A task serves a request.
    case busy
    /// Something else, such as a tunnel, has taken over.
    case detached
    case closed
  }

  /// How long the task of a connection waits for the next request, in milliseconds.
  private static let shortPause: Milliseconds = 250

  private static let connectionNumbers = Atomic<Int>(0)

  /// The number of the connection in logs: nginx's `$connection`.
  package let number: Int

  /// The bytes of the connection, within TLS.
  package let stream: ByteStream

  /// The loop of the connection; it outlives all its connections.
  package unowned(unsafe) let loop: EventLoop

  /// Where the connection was accepted.
  package let listener: ListenPoint

  /// The loop that serves it, with its site.
  package unowned(unsafe) let servingLoop: ServingLoop

  /// What waits to be sent.
  package let output: ClientOutput

  /// Where the task sleeps; requests and their upstream connections share it.
  package let waiter: Waiter

  /// The number of requests that the connection has carried: nginx's `$connection_requests`.
  package private(set) var requestCount = 0

  /// When the connection was accepted, in the loop's time.
  package let startTime: Milliseconds

  /// The addresses that the PROXY protocol told; nil where it was not spoken.
  package var proxiedAddresses: ProxiedAddresses?

  private var hasReadProxyProtocol = false

  /// The client's address; `real_ip` may replace it.
  package var peerAddress: SocketAddress

  /// The server that the name of the TLS handshake chose; nil without TLS or without a name.
  package var namedServer: Server?

  /// Bytes that have been read and not used yet; nil while there are none.
  package var input: ByteBuffer?

  /// Whether the current request was read together with the one before: nginx's `$pipe`.
  private(set) var isPipelined = false

  /// Whether closing shall reset the connection; see `reset_timedout_connection`.
  var resetsWhenClosed = false

  /// How long the connection may wait for its next request, as the last location said.
  private var keepaliveTimeout: TimeSpan?

  /// The place in the loop's list.
  var slot: Int

  private var state = State.idle
  private var timer: Timer?

  /// Whether the task only waits for another request.
  private var isPausing = false
  private var successor: (any ReadinessObserver)?
  private var isPeerFinished = false

  init(stream: ByteStream, listener: ListenPoint, servingLoop: ServingLoop, slot: Int) {
    self.stream = stream
    self.listener = listener
    self.servingLoop = servingLoop
    self.slot = slot
    output = ClientOutput(stream: stream)
    loop = stream.loop
    waiter = Waiter(on: stream.loop)
    number = ClientConnection.connectionNumbers.add(1, ordering: .relaxed).newValue
    startTime = stream.loop.now
    peerAddress = stream.peerAddress ?? SocketAddress(host: .unix(ByteString()), port: 0)
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
    peerAddress = client.peerAddress
    namedServer = client.namedServer
    proxiedAddresses = client.proxiedAddresses
    requestCount = client.requestCount
  }

  /// Whether TLS is in use, which plain HTTP on an address for TLS does without.
  package var isEncrypted: Bool { stream.tls != nil }

  /// The settings before a request has chosen its server.
  package var settings: Settings {
    _read { yield presumedServer.location.settings }
  }

  /// The server before a request has chosen its own.
  private var presumedServer: Server { namedServer ?? listener.servers.defaultServer }

  // MARK: - Idle

  /// Waits for the first bytes.
  func start() {
    stream.observer = self
    // Nothing was tried yet, so nothing would be news; the first event tells what is there.
    stream.socket.isReadable = false
    arm(settings.core.clientHeaderTimeout)
  }

  /// Starts a task when the idle connection has something to say.
  package func readinessChanged() {
    guard state == .idle, stream.isReadyToRead || stream.socket.isHungUp else { return }
    state = .busy
    timer?.cancel()
    stream.observer = waiter
    loop.spawn { await Pipeline.serve(self) }
  }

  /// Gives up the task until the client says something.
  private func becomeIdle(after timeout: TimeSpan) {
    state = .idle
    stream.observer = self
    arm(timeout)
  }

  private func arm(_ timeout: TimeSpan) {
    let timer = self.timer ?? Timer(on: loop.timers) { [unowned self] in idleTimeout() }
    self.timer = timer
    timer.set(loop.deadline(after: Milliseconds(timeout.milliseconds)))
  }

  private func idleTimeout() {
    guard state == .idle else { return }
    if requestCount == 0 {
      logError(.info, "client timed out (110: Connection timed out) while waiting for request")
    }
    close()
  }

  func closeIfIdle() {
    if state == .idle { return close() }
    if isPausing { waiter.readinessChanged() }
  }

  // MARK: - Closing

  /// Closes the connection at once; a second call does nothing.
  package func close() {
    guard state != .closed else { return }
    state = .closed
    timer?.cancel()
    timer = nil
    successor = nil
    output.discard()
    if let input { loop.buffers.give(input) }
    input = nil
    if resetsWhenClosed { stream.reset() } else { stream.close() }
    servingLoop.forget(self)
  }

  /// Lets a tunnel take over the stream; the task may end, and the connection stays open.
  ///
  /// - Parameter successor: What is told of the stream's events from now on.
  func detach(keeping successor: some ReadinessObserver) {
    state = .detached
    self.successor = successor
  }

  /// Whether something else than the pipeline serves the connection.
  var isDetached: Bool { state == .detached }

  /// Hands over bytes that were read behind the head.
  func takeInputForTunnel() -> ByteBuffer? {
    defer { input = nil }
    return input
  }

  /// Whether ``close()`` has been called.
  package var isClosed: Bool { state == .closed }

  // MARK: - Requests

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

  /// Reads the next request head.
  ///
  /// - Returns: nil where the client sends none: the connection is idle or closed then.
  func readExchange() async -> Exchange? {
    let deadline = loop.deadline(
      after: Milliseconds(settings.core.clientHeaderTimeout.milliseconds))
    isPipelined = requestCount > 0 && !(input?.isEmpty ?? true)
    var parser = RequestHeadParser(options: settings.core.headOptions)
    var rounds = Rounds()
    while true {
      if let input, !input.isEmpty {
        do {
          if let head = try parser.parse(input) { return makeExchange(head) }
        } catch {
          return makeExchange(refused: error, parser)
        }
        // Bytes that keep coming never reach the wait below.
        if loop.now > deadline { return timedOut() }
      }
      switch stream.read(into: takeInput(), minimumRoom: 512) {
      case .bytes: if rounds.isTurnOver() { await waiter.yieldToOthers() }
      case .end: return endOfInput()
      case .failed: return closed()
      case .wouldBlock:
        if input?.isEmpty ?? true {
          if await mayBeSilentFor(ClientConnection.shortPause) { continue }
          return nothingToRead()
        }
        servingLoop.statistics.headIsIncomplete(true)
        let outcome = await waiter.wait(until: deadline)
        servingLoop.statistics.headIsIncomplete(false)
        guard outcome == .ready else { return timedOut() }
      }
    }
  }

  private func takeInput() -> ByteBuffer {
    if let input { return input }
    let buffer = loop.buffers.take(1024)
    input = buffer
    return buffer
  }

  /// Lets the task wait for a moment, without a buffer.
  ///
  /// A client that has just been answered often asks again at once, and to wait is cheaper than a
  /// new task.
  ///
  /// - Returns: Whether there is news; false where the connection had better become idle.
  private func mayBeSilentFor(_ pause: Milliseconds) async -> Bool {
    guard requestCount > 0, !servingLoop.isDraining, !stream.socket.isHungUp else { return false }
    if let input { loop.buffers.give(input) }
    input = nil
    isPausing = true
    defer { isPausing = false }
    return await waiter.wait(until: loop.deadline(after: pause)) == .ready
      && !servingLoop.isDraining
  }

  private func nothingToRead() -> Exchange? {
    if let input { loop.buffers.give(input) }
    input = nil
    if servingLoop.isDraining, requestCount > 0 { return closed() }
    let keepalive = keepaliveTimeout ?? settings.core.keepaliveTimeout
    // The pause has been a part of it.
    let rest = max(1, keepalive.milliseconds - Int(ClientConnection.shortPause))
    becomeIdle(
      after: requestCount == 0 ? settings.core.clientHeaderTimeout : .milliseconds(rest))
    return nil
  }

  private func closed() -> Exchange? {
    close()
    return nil
  }

  private func endOfInput() -> Exchange? {
    if let input, !input.isEmpty {
      logError(.info, "client prematurely closed connection while reading client request")
    }
    return closed()
  }

  private func timedOut() -> Exchange? {
    logError(.info, "client timed out (110: Connection timed out) while reading client request")
    return closed()
  }

  /// Hands the head's buffer to the exchange; bytes behind the head stay with the connection.
  func separateInput(of head: RequestHead) {
    let buffer = head.buffer
    input = nil
    if buffer.count > head.byteCount {
      let rest = loop.buffers.take(buffer.count - head.byteCount)
      rest.append(buffer, in: head.byteCount..<buffer.count)
      buffer.truncate(to: head.byteCount)
      input = rest
    }
    requestCount += 1
    servingLoop.statistics.requestBegan()
  }

  // MARK: - Between requests

  /// Prepares for the next request.
  ///
  /// - Parameter isUsable: Whether the response was delivered.
  /// - Returns: false where the connection is closed now.
  func finish(_ exchange: Exchange, isUsable: Bool) async -> Bool {
    if state == .closed { return false }
    keepaliveTimeout = exchange.settings.core.keepaliveTimeout
    exchange.end()
    guard isUsable, exchange.isPersistent, exchange.response.isComplete else {
      if isUsable { await closeGracefully(exchange) }
      close()
      return false
    }
    return true
  }

  /// Sends what is left of a response, and reads what is left of the request.
  ///
  /// - Returns: false where the connection is of no further use.
  func deliver(_ exchange: Exchange) async -> Bool {
    do {
      if !exchange.drainsAtOnce { try await exchange.drainOutput() }
      if exchange.isPersistent, !exchange.body.isComplete {
        try await exchange.body.discard(exchange)
      }
      return true
    } catch {
      return false
    }
  }

  /// Lets the client read the response before the connection is reset by data it still sends;
  /// nginx's `lingering_close`.
  private func closeGracefully(_ exchange: Exchange) async {
    let core = exchange.settings.core
    let hasMore = !exchange.body.isComplete || stream.isReadyToRead
    guard exchange.response.isComplete, core.lingering == .always || hasMore,
      core.lingering != .off
    else { return }
    stream.shutdownWrite()
    let end = loop.deadline(after: Milliseconds(core.lingeringTime.milliseconds))
    let trash = loop.buffers.take(4096)
    defer { loop.buffers.give(trash) }
    var rounds = Rounds()
    while loop.now < end {
      trash.clear()
      switch stream.read(into: trash, minimumRoom: 4096) {
      case .bytes: if rounds.isTurnOver() { await waiter.yieldToOthers() }
      case .end, .failed: return
      case .wouldBlock:
        let pause = loop.deadline(after: Milliseconds(core.lingeringTimeout.milliseconds))
        guard await waiter.wait(until: min(end, pause)) == .ready else { return }
      }
    }
  }
}
