import CLinux
import Engine
import Sockets

/// One loop of the worker with the sockets that it accepts connections from.
///
/// Confined to the loop's thread once that runs, as the unchecked conformance relies on.
final class WorkerLoop: @unchecked Sendable {
  let eventLoop: EventLoop
  let servingLoop: ServingLoop
  private let log: ProgramLog
  private var acceptors: [Acceptor] = []

  /// Whether all connections are taken that may be open, so that new ones wait in the queue.
  private var isFull = false

  /// Whether that has been logged since there was ample room.
  private var hasReportedFullness = false

  /// When accepting failed last, so that a lasting trouble is logged once; nil for never.
  private var lastFailure: Milliseconds?

  /// How long accepting must have gone well for the next failure to be logged.
  private static let calm: Milliseconds = 10_000
  private var isStopping = false

  /// Whether connections that did not end by themselves have been cut off.
  private var isCutOff = false
  private var patienceTimer: Timer?

  /// How long requests that are cut off may take to be logged.
  private static let lastWords: Milliseconds = 500

  init(index: Int, site: Site, log: ProgramLog) throws(SystemError) {
    eventLoop = try EventLoop(index: index)
    servingLoop = ServingLoop(eventLoop: eventLoop, site: site)
    self.log = log
  }

  // MARK: - Accepting

  /// Starts to take connections; call it on the loop.
  func accept(from addresses: [BoundAddress]) {
    servingLoop.whenClosed = { [unowned self] in connectionClosed() }
    for address in addresses {
      let acceptor = Acceptor(
        address.socket(ofLoop: eventLoop.index), on: eventLoop,
        failed: { [unowned self] in failed($0) },
        opened: { [unowned self] in opened($0, at: address.point(of: $0)) })
      acceptors.append(acceptor)
    }
    startAccepting()
  }

  private func startAccepting() {
    for acceptor in acceptors {
      do throws(SystemError) { try acceptor.start() } catch { failed(error) }
    }
  }

  private func opened(_ stream: ByteStream, at point: ListenPoint) {
    if !point.servers.defaultServer.settings.core.isNoDelay, !point.address.isUnix {
      // Accepted sockets inherit the opposite.
      _ = linux_set_option(stream.socket.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 0)
    }
    servingLoop.adopt(stream, from: point)
    let limit = servingLoop.site.main.workerConnections
    guard servingLoop.connectionCount >= limit, !isFull else { return }
    isFull = true
    if !hasReportedFullness { log.write(.alert, "\(limit) worker_connections are not enough") }
    hasReportedFullness = true
    for acceptor in acceptors { acceptor.stop() }
  }

  private func connectionClosed() {
    if hasReportedFullness,
      servingLoop.connectionCount < servingLoop.site.main.workerConnections / 2
    {
      hasReportedFullness = false
    }
    guard isFull, !isStopping else { return }
    isFull = false
    startAccepting()
  }

  private func failed(_ error: SystemError) {
    let isNews = lastFailure.map { eventLoop.now - $0 > WorkerLoop.calm } ?? true
    if isNews { log.write(.crit, "\(error)") }
    lastFailure = eventLoop.now
  }

  // MARK: - Stopping

  /// Writes what waits to be logged; call it on the loop, or when that has ended.
  func flushLogs() { servingLoop.flushLogs() }

  /// Takes no more connections and closes those it has when they are through; call it on the loop.
  ///
  /// - Parameters:
  ///   - timeout: After how long connections are cut off; nil for never.
  ///   - whenDeaf: Called at once, when the loop uses the listening sockets no more.
  func drain(
    within timeout: TimeSpan?, whenDeaf: () -> Void, whenDrained: @escaping () -> Void
  ) {
    guard !isStopping else { return }
    isStopping = true
    for acceptor in acceptors { acceptor.stop() }
    whenDeaf()
    servingLoop.whenDrained = { [unowned self] in
      patienceTimer?.cancel()
      whenDrained()
    }
    if let timeout { set(patience: Milliseconds(timeout.milliseconds), whenDrained) }
    servingLoop.drain()
  }

  /// Cuts off what still runs after a while; what does not notice that ends with the process.
  private func set(patience: Milliseconds, _ whenDrained: @escaping () -> Void) {
    let timer = Timer(on: eventLoop.timers) { [unowned self] in
      if isCutOff { return whenDrained() }
      isCutOff = true
      servingLoop.cutOff()
      patienceTimer?.set(eventLoop.deadline(after: WorkerLoop.lastWords))
    }
    patienceTimer = timer
    timer.set(eventLoop.deadline(after: patience))
  }
}
