import Bytes
import Sockets

/// A connection to a server of `stream`, from accept to close.
///
/// A task does what has to be done before bytes travel both ways; then a ``StreamRelay`` takes
/// over, and no task is left. Its settings are those of its start to its end.
///
/// Confined to its loop, as the unchecked conformance to `Sendable` relies on.
final class StreamSession: VariableSource, @unchecked Sendable {
  /// The number of the connection in logs.
  let number: Int

  let stream: ByteStream
  let point: StreamPoint

  /// The site that the session started with.
  let site: Site
  let servingLoop: ServingLoop
  let loop: EventLoop

  /// Where the task sleeps.
  let waiter: Waiter
  let startTime: Milliseconds

  /// The client's address; `set_real_ip_from` may have another take its place.
  private(set) var peerAddress: SocketAddress

  /// The address before that.
  let originalPeerAddress: SocketAddress

  /// What the PROXY protocol told; nil where it was not spoken or named nobody.
  private(set) var proxiedAddresses: ProxiedAddresses?

  /// How the session ended, as nginx numbers it.
  private(set) var status = 0

  /// What the client was sent, and has sent.
  var sentCount = 0
  var receivedCount = 0

  /// The servers that were tried.
  var attempts: [StreamAttempt] = []

  /// The place in the loop's list.
  var slot = 0
  private var relay: StreamRelay?
  private var isClosed = false

  /// Whether a server is looked for or has been found.
  private var isPassing = false

  init(_ stream: ByteStream, at point: StreamPoint, of site: Site, on servingLoop: ServingLoop) {
    self.stream = stream
    self.point = point
    self.site = site
    self.servingLoop = servingLoop
    loop = stream.loop
    waiter = Waiter(on: stream.loop)
    number = ConnectionNumbers.take()
    startTime = stream.loop.now
    peerAddress = stream.peerAddress ?? SocketAddress(host: .unix(ByteString()), port: 0)
    originalPeerAddress = peerAddress
  }

  var server: StreamServer { point.server }
  var settings: Settings { _read { yield server.settings } }

  /// The address that the client reached; nil where the connection is gone.
  var localAddress: SocketAddress? {
    point.address.isWildcard ? stream.localAddress : point.address
  }

  @discardableResult
  func appendVariable(_ number: Int, to output: ByteBuffer) -> Bool {
    site.stream?.variables[number](self, output) ?? false
  }

  /// There are no regular expressions whose groups could be asked for.
  func appendCapture(_ group: Int, to output: ByteBuffer) {}

  func collect(_ body: (ByteBuffer) -> Void) -> ByteString { servingLoop.collect(body) }

  // MARK: - From accept to content

  /// Takes the connection over.
  func start() {
    stream.observer = waiter
    logInfo {
      ByteString("client ") + peerAddress.text + " connected to "
        + (localAddress ?? point.address).text
    }
    loop.spawn { await self.run() }
  }

  private func run() async {
    if let status = await serve() { end(status) }
  }

  /// - Returns: The status; nil where a relay has taken over.
  private func serve() async -> Int? {
    if let problem = await readProxyProtocol() { return problem }
    takeRealAddress()
    if server.access?.rule(for: peerAddress.host)?.isDenied ?? false {
      logError(.error, "access forbidden by rule while initializing session")
      return 403
    }
    switch server.content {
    case .nothing: return 500
    case .text(let text): return await send(text.value(for: self))
    case .group(let group):
      isPassing = true
      return await pass(to: group)
    case .address(let address):
      isPassing = true
      guard let group = await group(named: address.value(for: self)) else { return 500 }
      return await pass(to: group)
    }
  }

  /// - Returns: The status where the session cannot go on.
  private func readProxyProtocol() async -> Int? {
    guard point.options.hasProxyProtocol else { return nil }
    do throws(ProxyProtocol.Problem) {
      proxiedAddresses = try await ProxyProtocol.read(
        on: stream, waiter: waiter, timeout: settings.stream.proxyProtocolTimeout)
      return nil
    } catch {
      if let (level, text) = error.message { logError(level, text) }
      return error == .silent ? 200 : 400
    }
  }

  private func takeRealAddress() {
    guard let source = proxiedAddresses?.source,
      settings.realIP.trusted.contains(peerAddress.host)
    else { return }
    peerAddress = source
  }

  /// The longest time in which a client may take nothing of a text, as nginx has it.
  private static let textTimeout: Milliseconds = 5_000

  private func send(_ text: ByteString) async -> Int {
    let buffer = loop.buffers.take(max(1, text.count))
    defer { loop.buffers.give(buffer) }
    buffer.append(text)
    try? await stream.writeAll(buffer, waiter: waiter, timeout: StreamSession.textTimeout)
    sentCount = text.count - buffer.count
    return 200
  }

  // MARK: - The end

  /// Lets bytes travel both ways; nothing else happens from now on.
  func join(_ relay: StreamRelay) {
    self.relay = relay
    relay.start()
  }

  /// Ends the session, whatever it is doing.
  func cutOff() {
    if let relay { relay.finish() } else { waiter.interrupt() }
  }

  /// Logs the session and closes its connection; a second call does nothing.
  func end(_ status: Int) {
    guard !isClosed else { return }
    isClosed = true
    self.status = status
    server.log?.record(self)
    stream.close()
    relay = nil
    // The caller may be the connection's own socket; it is freed when the batch is done.
    loop.afterBatch { withExtendedLifetime(self) {} }
    servingLoop.forget(self)
  }

  // MARK: - The error log

  /// Writes a line with the client and the server behind the message, as nginx does.
  func logError(
    _ level: LogLevel, _ message: @autoclosure () -> String, upstream: ByteString? = nil
  ) {
    guard settings.core.errorLogs.wants(level) else { return }
    var line = ByteString(message())
    line.append(", client: " + peerAddress.hostText + ", server: " + point.address.text)
    if let upstream { line.append(", upstream: \"" + upstream + "\"") }
    if isPassing { line.append(counts) }
    write(level, line)
  }

  /// Writes a line that stands for itself.
  func logInfo(_ line: () -> ByteString) {
    if settings.core.errorLogs.wants(.info) { write(.info, line()) }
  }

  private func write(_ level: LogLevel, _ line: ByteString) {
    settings.core.errorLogs.write(
      level, time: loop.clock.errorLogTime, connection: number, line)
  }

  /// How many bytes have travelled.
  var counts: ByteString {
    let attempt = attempts.last
    let numbers = [
      receivedCount, sentCount, attempt?.receivedCount ?? 0, attempt?.sentCount ?? 0,
    ].map { ByteString(decimal: $0) }
    return ", bytes from/to client:" + numbers[0] + "/" + numbers[1]
      + ", bytes from/to upstream:" + numbers[2] + "/" + numbers[3]
  }
}

/// What is known of a server that a session has tried.
struct StreamAttempt: Sendable {
  /// Its address; the name of the group where none of its servers could be tried.
  let name: ByteString

  /// In milliseconds; nil where it did not come so far.
  var connectTime: Milliseconds?
  var firstByteTime: Milliseconds?
  var time: Milliseconds = 0
  var sentCount = 0
  var receivedCount = 0
}
