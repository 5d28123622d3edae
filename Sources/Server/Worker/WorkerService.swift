import Bytes
import CLinux
import Engine
import Sockets

/// A worker as its supervisor knows it: messages come in, reports go out.
///
/// Confined to the main loop, as the unchecked conformance relies on; only the making of a site
/// has a thread of its own, so that no connection has to wait for it.
final class WorkerService: @unchecked Sendable {
  private let loop: EventLoop
  private let log: ProgramLog
  private let report: (ServeReport) -> Void
  private var worker: Worker?
  private var threads: WorkerThreads?
  private var site: Site?

  /// The configuration whose site is being made; nil for none.
  private var coming: Int?

  /// - Parameter report: Told on the main loop what became of an order to serve.
  init(on loop: EventLoop, log: ProgramLog, report: @escaping (ServeReport) -> Void) {
    self.loop = loop
    self.log = log
    self.report = report
  }

  // MARK: - Serving

  /// Serves the first configuration once the loop runs.
  func start(_ configuration: ServedConfiguration) throws(StartupError) {
    site = configuration.site
    log.logs = configuration.site.errorLogs
    checkLimits(configuration.site)
    let generation = configuration.generation
    try StartupError.passing { () throws(SystemError) in
      let worker = try Worker(configuration, on: loop, log: log)
      self.worker = worker
      threads = try worker.start(configuration) { [self] in
        report(ServeReport(generation: generation))
      }
    }
  }

  /// nginx's warning of a limit that its connections cannot reach.
  private func checkLimits(_ site: Site) {
    let limit = linux_descriptor_limit()
    let connections = site.main.workerConnections
    guard limit > 0, UInt(connections) > limit / UInt(site.main.loopCount) else { return }
    log.write(
      .warn,
      "\(connections) worker_connections exceed open file resource limit: "
        + "\(limit / UInt(site.main.loopCount))")
  }

  /// Does what a message says.
  ///
  /// - Throws: Where it makes no sense to a worker.
  func receive(_ message: Message) throws(ProtocolError) {
    switch message.kind {
    case .serve: try replace(message)
    case .reopenLogs: reopenLogs(try message.read(LogOrder.self), message.descriptors)
    case .withdraw: withdraw(try message.read(WithdrawOrder.self).generation)
    case .settle: worker?.settle { linux_release_program() }
    case .drain: drain(emptying: try message.read(DrainOrder.self).emptied)
    case .stop: stop()
    default: throw ProtocolError("a message that no worker gets")
    }
  }

  /// Says that an order cannot be followed, since its descriptors found no room; what is in use
  /// stays in use.
  ///
  /// - Throws: Where the message makes no sense to a worker.
  func refuse(_ message: Message) throws(ProtocolError) {
    let problem = SystemError(call: "recvmsg", code: EMFILE)
    switch message.kind {
    case .serve:
      coming = try message.read(ServeOrder.self).generation
      if let coming { refuse(coming, "\(problem)") }
    case .reopenLogs: log.write(.alert, "the worker keeps its log files: \(problem)")
    default: throw ProtocolError("descriptors that no worker gets")
    }
  }

  /// Makes the site of an order on a thread of its own, and goes over to it.
  private func replace(_ message: Message) throws(ProtocolError) {
    let generation = try message.read(ServeOrder.self).generation
    coming = generation
    let predecessor = site
    let makeAndUse: @Sendable () -> Void = { [self] in
      do throws(StartupError) {
        let configuration = try ServedConfiguration(message, predecessor: predecessor)
        loop.submit { [self] in use(configuration) }
      } catch {
        let text = error.message
        loop.submit { [self] in refuse(generation, text ?? "") }
      }
    }
    do throws(SystemError) {
      try Thread(makeAndUse).detach()
    } catch {
      refuse(generation, "\(error)")
    }
  }

  private func use(_ configuration: ServedConfiguration) {
    guard coming == configuration.generation else { return }
    coming = nil
    site = configuration.site
    log.logs = configuration.site.errorLogs
    let generation = configuration.generation
    worker?.replace(by: configuration) { [self] in report(ServeReport(generation: generation)) }
  }

  private func refuse(_ generation: Int, _ failure: String) {
    guard coming == generation else { return }
    coming = nil
    report(ServeReport(generation: generation, failure: failure))
  }

  /// Whatever the thread that makes the site comes to is of no interest any more.
  private func withdraw(_ generation: Int) {
    refuse(generation, "the configuration was not ready in time")
  }

  // MARK: - Logs

  private func reopenLogs(_ order: LogOrder, _ descriptors: [Descriptor]) {
    let fresh = Dictionary(
      zip(order.logFiles, descriptors), uniquingKeysWith: { first, _ in first })
    worker?.flushLogs { [self] in
      for target in site?.logFiles ?? [] {
        guard let path = target.path, let descriptor = fresh[path] else { continue }
        target.use(descriptor.release())
      }
    }
  }

  /// Opens the logs anew with the rights that the worker has itself.
  func reopenLogsAlone() {
    worker?.flushLogs { [self] in
      for target in site?.logFiles ?? [] {
        let code = target.open()
        guard code != 0 else { continue }
        log.write(.emerg, StartupError.failure("open() \"\(target.path ?? "")\"", code))
      }
    }
  }

  // MARK: - The end

  /// Takes no more connections and ends when the last is through.
  ///
  /// - Parameter addresses: See ``DrainOrder/emptied``.
  func drain(emptying addresses: [SocketAddress]?) {
    worker?.drain(within: site?.main.shutdownTimeout, emptying: addresses)
  }

  /// Ends at once.
  func stop() {
    if let worker { worker.stop() } else { loop.stop() }
  }

  /// Waits for the other loops and writes what is left to be logged; call it when the main loop
  /// has ended.
  func finish() {
    threads?.join()
    worker?.finish()
    if EventLoop.strayJobCount > 0 {
      log.write(.alert, "\(EventLoop.strayJobCount) jobs left their loop")
    }
  }
}
