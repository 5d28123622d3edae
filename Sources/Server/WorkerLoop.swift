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

  /// Whether the last attempt to accept failed, so that a lasting trouble is logged once.
  private var isFailing = false
  private var isStopping = false

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
    isFailing = false
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
    if !isFailing { log.write(.crit, "\(error)") }
    isFailing = true
  }

  // MARK: - Stopping

  /// Writes what waits to be logged; call it on the loop, or when that has ended.
  func flushLogs() { servingLoop.flushLogs() }

  /// Takes no more connections and closes those it has when they are through; call it on the loop.
  func drain(whenDrained: @escaping () -> Void) {
    guard !isStopping else { return }
    isStopping = true
    for acceptor in acceptors { acceptor.stop() }
    servingLoop.whenDrained = whenDrained
    servingLoop.drain()
  }
}
