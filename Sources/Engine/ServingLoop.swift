package import Bytes
import CLinux
package import Sockets
import Wire

/// What one loop needs to serve requests: the site, its connections, and scratch memory.
///
/// Confined to the loop's thread, as the unchecked conformance to `Sendable` relies on.
package final class ServingLoop: @unchecked Sendable {
  package let eventLoop: EventLoop

  /// The configuration for new requests; requests in flight keep their own.
  package var site: Site {
    // The lines of the old site's logs must not wait for requests that never come.
    didSet { logLines.flushAll() }
  }

  package let matchMemory = MatchMemory()

  /// Lines of access logs that wait to be written together.
  let logLines = LogLines()

  /// Files that several requests of a batch of events ask for.
  let filesOfBatch: FilesOfBatch

  private let headOpening: HeadOpening
  private var logFileCaches: [LogFileCache.Limits: LogFileCache] = [:]

  /// The files of user names and passwords that requests have asked for.
  let userFiles = UserFileCache()

  /// What `stub_status` tells of the loop.
  let statistics = LoopStatistics()

  func requestBegan() { statistics.requestBegan() }

  func requestEnded() { statistics.requestEnded() }

  /// Idle connections to upstream servers.
  package let upstreamPools = UpstreamPools()

  /// Whether new requests on open connections are refused, since the program is stopping.
  package private(set) var isDraining = false

  /// Called when a draining loop has closed its last connection.
  package var whenDrained: (() -> Void)?

  /// Called when a connection has been closed.
  package var whenClosed: (() -> Void)?

  private var isDrained = false

  /// Whether idle connections that have to leave may ask once more.
  private(set) var isInGrace = false
  private var graceTimer: Timer?

  /// How long that is, in milliseconds.
  private static let grace: Milliseconds = 300

  /// How often the site has been replaced.
  var replacementCount = 0
  private var connections: [ClientConnection] = []
  private var sessions: [StreamSession] = []
  private var idleScratch: [ByteBuffer] = []

  /// A loop without connections.
  package init(eventLoop: EventLoop, site: Site) {
    self.eventLoop = eventLoop
    self.site = site
    filesOfBatch = FilesOfBatch(on: eventLoop)
    headOpening = HeadOpening(clock: eventLoop.clock)
    idleMemory = IdleMemory(on: eventLoop)
    logLines.failed = { [unowned self] in logFailed($0, code: $1) }
  }

  /// Notes that lines which were kept back could not be written to their log.
  private func logFailed(_ target: LogTarget, code: CInt) {
    let error = SystemError(call: "write", code: code)
    site.errorLogs.write(
      .alert, time: eventLoop.clock.errorLogTime, connection: nil,
      ByteString("write() to \"\(target.path ?? "stderr")\" failed \(error.reason)"))
  }

  /// How long no tunnel must have begun before memory is given back, in milliseconds.
  private static let trimmingPause: Milliseconds = 1_000

  private var trimTimer: Timer?

  /// Gives back what handshakes and requests needed, once no more tunnels begin.
  ///
  /// A connection that turns into a tunnel may be silent for hours, and thousands of them leave
  /// holes in the heap that nobody fills.
  func trimSoon() {
    let timer =
      trimTimer
      ?? Timer(on: eventLoop.timers) { [unowned self] in idleMemory.drain() }
    trimTimer = timer
    timer.set(eventLoop.deadline(after: ServingLoop.trimmingPause))
  }

  /// Buffers to be used again.
  package var buffers: BufferPool { _read { yield eventLoop.buffers } }

  /// Counts the open connections to upstream servers.
  let upstreamCounter = ConnectionCounter()

  /// The number of open connections, those to upstream servers included, and those that are closed
  /// but for their last bytes; see `worker_connections`.
  package var connectionCount: Int {
    connections.count + sessions.count + upstreamCounter.count + eventLoop.lingeringSendCount
  }

  /// Whether another connection may be opened.
  package var hasRoom: Bool { connectionCount < site.main.workerConnections }

  // MARK: - Connections

  /// Serves a connection that was accepted.
  ///
  /// - Parameter former: The site of the listen point where it is configured no more: the
  ///   connection carries one request then.
  package func adopt(
    _ stream: ByteStream, from listener: ListenPoint, of former: Site? = nil
  ) {
    let connection = ClientConnection(
      stream: stream, listener: listener, servingLoop: self, slot: connections.count)
    connection.formerSite = former
    connection.isRetired = former != nil
    connections.append(connection)
    statistics.connectionOpened()
    connection.start()
  }

  /// The open connections of clients; closing one does not disturb who goes through them.
  var currentConnections: [ClientConnection] { connections }

  /// Whether ``closeIdleConnections()`` would make room.
  package var hasIdleConnection: Bool { connections.contains(where: isDispensable) }

  /// The most connections that are closed at a time to make room.
  private static let maximumClosedForRoom = 32

  /// Sees to it that a connection to an upstream server may be opened, be it at the cost of those
  /// that ask for nothing.
  ///
  /// One more place is left: the server may be this program, and its own end of the connection
  /// would wait for ever.
  ///
  /// - Returns: Whether it may.
  func makeRoomForUpstream() -> Bool {
    while !leavesPlace, closeIdleConnections() {}
    return leavesPlace
  }

  private var leavesPlace: Bool { connectionCount + 1 < site.main.workerConnections }

  /// Closes some connections that ask for nothing, those first whose time would end first.
  ///
  /// nginx: an eighth of them, at least one and at most 32.
  ///
  /// - Returns: Whether there was any.
  package func closeIdleConnections() -> Bool {
    let idle = connections.filter(isDispensable).sorted { $0.deadline < $1.deadline }
    let count = min(max(idle.count / 8, 1), ServingLoop.maximumClosedForRoom)
    for connection in idle.prefix(count) { connection.close(forRoom: true) }
    return !idle.isEmpty
  }

  /// Whether a connection asks for nothing: it has been answered, or is silent from the start.
  ///
  /// As long as some of an answer is still to be sent, closing the connection would free nothing.
  private func isDispensable(_ connection: ClientConnection) -> Bool {
    guard connection.isIdle, connection.hasDeadline, !connection.stream.socket.hasUnsent
    else { return false }
    if connection.requestCount > 0 { return true }
    let patience = Milliseconds(connection.settings.core.clientHeaderTimeout.milliseconds)
    return connection.deadline + ServingLoop.firstSilence < eventLoop.now + patience
  }

  /// How long a client that has just connected may take to ask, however crowded it is.
  private static let firstSilence: Milliseconds = 1_000

  func forget(_ connection: ClientConnection) {
    statistics.connectionClosed()
    connections.remove(connection)
    // The connection may be the caller's own; it is freed when the batch is done.
    eventLoop.afterBatch { withExtendedLifetime(connection) {} }
    closedOne()
  }

  private func closedOne() {
    whenClosed?()
    if isDraining, connections.isEmpty, sessions.isEmpty { becomeDrained() }
  }

  // MARK: - Sessions of stream

  /// Serves a session; see ``StreamSession``.
  func adopt(_ session: StreamSession) {
    session.slot = sessions.count
    sessions.append(session)
    statistics.sessionBegan()
    session.start()
  }

  /// The open sessions; closing one does not disturb who goes through them.
  var currentSessions: [StreamSession] { sessions }

  func forget(_ session: StreamSession) {
    statistics.sessionEnded()
    sessions.remove(session)
    closedOne()
  }

  private func becomeDrained() {
    guard !isDrained else { return }
    isDrained = true
    logLines.flushAll()
    eventLoop.afterLingeringSends { [unowned self] in whenDrained?() }
  }

  /// Writes the lines of access logs that were kept back; to be called before log files are opened
  /// anew and before the program ends.
  package func flushLogs() {
    logLines.flushAll()
    logFileCaches.removeAll()
  }

  /// The log files that stay open by such a directive.
  func logFileCache(_ limits: LogFileCache.Limits) -> LogFileCache {
    if let cache = logFileCaches[limits] { return cache }
    let cache = LogFileCache(limits)
    logFileCaches[limits] = cache
    return cache
  }

  /// Closes connections after one more request, and those that ask for nothing in a short while.
  package func drain() {
    isDraining = true
    upstreamPools.closeAll()
    if connections.isEmpty, sessions.isEmpty { return becomeDrained() }
    closeLeavingConnectionsSoon()
  }

  /// Closes idle connections that have to leave after a grace period.
  ///
  /// A client does not know that its connection is going to be closed, and its next request may be
  /// on its way; with the answer to that it learns it.
  package func closeLeavingConnectionsSoon() {
    isInGrace = true
    let timer = graceTimer ?? Timer(on: eventLoop.timers) { [unowned self] in endGrace() }
    graceTimer = timer
    timer.set(eventLoop.deadline(after: ServingLoop.grace))
  }

  private func endGrace() {
    isInGrace = false
    for connection in connections where connection.isLeaving { connection.closeIfIdle() }
  }

  /// Ends every connection in both directions; its request notices that, is logged and ends.
  package func cutOff() {
    for connection in connections { connection.stream.cutOff() }
    for session in currentSessions { session.cutOff() }
  }

  // MARK: - Names

  private var resolvers: [Resolver.Options: Resolver] = [:]

  /// The resolver that a configuration asks for; the system's own name servers where it asks for
  /// none.
  func resolver(for settings: ResolverSettings?) -> Resolver? {
    var options = Resolver.Options()
    if let settings {
      options.servers = settings.addresses
      options.validity = settings.validity.map { Milliseconds($0.milliseconds) }
      options.usesIPv4 = settings.usesIPv4
      options.usesIPv6 = settings.usesIPv6
    }
    if let resolver = resolvers[options] { return resolver }
    guard let resolver = try? Resolver(options, on: eventLoop) else { return nil }
    resolvers[options] = resolver
    return resolver
  }

  // MARK: - Scratch memory

  /// Texts of messages that come again and again.
  let texts = TextCache<ByteString>()

  /// Hosts that requests name.
  let hosts = TextCache<NamedHost>()

  /// What requests have left for those behind them.
  let idleMemory: IdleMemory

  /// The content of requests that have none.
  let noContent = RequestBody(.none)

  /// Appends the lines that most response heads begin with; see ``HeadOpening``.
  func appendHeadOpening(
    _ tokens: ServerTokens, to output: ByteBuffer, write: (ByteBuffer) -> Void
  ) {
    headOpening.append(tokens, to: output, write: write)
  }

  /// Collects what a closure writes; nothing is allocated but the result.
  package func collect(_ body: (ByteBuffer) -> Void) -> ByteString {
    let scratch = idleScratch.popLast() ?? ByteBuffer(capacity: 1024)
    defer {
      scratch.clear()
      if scratch.capacity <= 65_536 { idleScratch.append(scratch) }
    }
    body(scratch)
    return scratch.allBytes
  }
}

/// A number of connections that are open on one loop.
final class ConnectionCounter {
  fileprivate(set) var count = 0

  func opened() { count += 1 }

  func closed() { count -= 1 }
}
