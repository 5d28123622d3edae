import Bytes
import CLinux
import Engine
import Sockets

/// The process that keeps the rights of whoever started it: it holds the listening sockets and the
/// logs, starts workers and hands them what they need, and answers signals.
///
/// It takes nothing from the network. Confined to its loop.
final class Supervisor {
  /// A configuration that is in use, as far as the supervisor has to know it.
  struct Configuration {
    let plan: ServingPlan
    let bundle: Descriptor
  }

  /// How a run ends.
  enum Ending {
    case graceful, fast
  }

  let source: ConfigurationSource
  let log: ProgramLog
  let loop: EventLoop
  let listeners: ListenerSet
  let logFiles: LogFiles
  let isSuperuser = Rights.areSuperusers

  var configuration: Configuration

  /// Counts the configurations that have been in use.
  var generation = 1

  /// The number of the last configuration that was handed to a worker; a number is used once, so
  /// that a report that comes too late is taken for no other's.
  var lastOrder = 1
  var pidFile: PidFile
  var workers: [WorkerHandle] = []

  /// How long the checking of the configuration in use took.
  var checkTime: Milliseconds

  /// The last checker of which all has been said: it did not answer in time, or refused the
  /// configuration.
  var mutedChecker: pid_t?

  /// What is being done about a new configuration; nil while nothing is.
  var reload: Reload?

  /// Who waits for the next reload.
  var waitingClients: [ReloadClient?] = []
  var control: ControlSocket?
  var signals: Signals?

  /// The worker of this very process, with `master_process off`.
  private var service: WorkerService?

  /// The process that another binary runs in, after `USR2`.
  var successor: pid_t?

  /// The process that has handed over its sockets, and still runs.
  let predecessor: pid_t?

  /// Whether the workers have been sent home by `WINCH`.
  var isWithoutWorkers = false
  private(set) var ending: Ending?

  /// How many workers in a row have ended early.
  private var earlyEnds = 0
  private var restartTimer: Timer?
  private var endTimer: Timer?

  /// A worker that ends within this time has not served.
  private static let earlyEnd: Milliseconds = 1000

  /// The pauses before a worker is started again, growing from the first to the longest.
  private static let firstPause: Milliseconds = 100
  private static let longestPause: Milliseconds = 10_000

  /// How long a worker may take to end at once.
  private static let endPatience: Milliseconds = 3000

  init(_ start: SupervisorStart, pidFile: PidFile, on loop: EventLoop) {
    source = start.source
    log = start.log
    listeners = start.listeners
    logFiles = start.logFiles
    configuration = start.configuration
    checkTime = start.checkTime
    predecessor = start.predecessor
    self.pidFile = pidFile
    self.loop = loop
  }

  /// Starts the first worker.
  func startServing() throws(StartupError) {
    guard !configuration.plan.hasSupervisor else { return startWorker() }
    EventLoop.keepJobs()
    let service = WorkerService(on: loop, log: log) { [unowned self] in heardOfService($0) }
    let order = try order(generation, configuration, listeners.groups)
    let served = try ServedConfiguration(order, predecessor: nil)
    ProcessSettings(served.site.main, log).applyWithRights()
    try service.start(served)
    workers = [
      WorkerHandle.local(service, facts: configuration.plan.processFacts, on: loop)
    ]
    self.service = service
  }

  /// Clears up when the loop has ended.
  func finish() {
    service?.finish()
    pidFile.remove()
    listeners.closeAll()
    log.write(.notice, "exit")
    // The process ends now; taking everything apart in the right order would be lost work.
    _ = Unmanaged.passRetained(self)
  }

  // MARK: - Signals

  func receive(_ signal: CInt) {
    switch signal {
    case SIGCHLD: reap()
    case SIGTERM, SIGINT: end(.fast)
    case SIGQUIT: end(.graceful)
    case SIGHUP: reloadOrRestart()
    case SIGUSR1: reopenLogs()
    case SIGUSR2: upgrade()
    default: sendWorkersHome()
    }
  }

  /// nginx: while another binary runs, `HUP` starts the workers of this one again as they were.
  private func reloadOrRestart() {
    guard successor != nil, isWithoutWorkers else { return requestReload(for: nil) }
    takeWorkersBack()
  }

  /// Starts the workers again that have been sent home.
  func takeWorkersBack() {
    guard isWithoutWorkers, ending == nil else { return }
    isWithoutWorkers = false
    startWorker()
  }

  private func sendWorkersHome() {
    // nginx: a program in the foreground gets the signal when its terminal changes its size.
    guard configuration.plan.isDaemon, configuration.plan.hasSupervisor else { return }
    log.write(.notice, "gracefully shutting down worker processes")
    isWithoutWorkers = true
    for worker in workers { drain(worker, emptying: []) }
  }

  private func reopenLogs() {
    log.write(.notice, "reopening logs")
    logFiles.reopen { log.write(.emerg, $0) }
    let paths = configuration.plan.logFiles
    do {
      let descriptors = try logFiles.descriptors(of: paths)
      for worker in workers {
        try worker.send(Message(LogOrder(logFiles: paths), descriptors))
      }
    } catch {
      log.write(.alert, "the worker keeps its log files: \(error)")
    }
  }

  // MARK: - Workers

  /// Whether any worker is there to answer requests.
  var hasServingWorker: Bool { workers.contains { $0.state != .leaving } }

  /// Starts a worker on the configuration in use; where that fails, it is tried again later.
  func startWorker() {
    do throws(StartupError) {
      let order = try order(generation, configuration, listeners.groups)
      workers.append(try launch(order, configuration.plan))
    } catch {
      log.write(.alert, error.message ?? "")
      earlyEnds += 1
      startWorkerLater()
    }
  }

  /// The order to serve a configuration.
  func order(
    _ generation: Int, _ configuration: Configuration, _ groups: ListenerSet.Groups,
    adding opened: [LogTarget] = []
  ) throws(StartupError) -> Message {
    let plan = configuration.plan
    var descriptors = [configuration.bundle]
    descriptors += try logFiles.descriptors(of: plan.logFiles, adding: opened)
    var places: [ServeOrder.Place] = []
    for place in plan.places {
      let sockets = groups[place.address] ?? []
      places.append(.init(address: place.address, socketCount: sockets.count))
      for socket in sockets {
        let copy = linux_copy_descriptor(socket.descriptor)
        guard copy >= 0 else { throw .system("fcntl(F_DUPFD_CLOEXEC)") }
        descriptors.append(Descriptor(adopting: copy))
      }
    }
    let order = ServeOrder(
      generation: generation, source: source, isSuperuser: isSuperuser, account: plan.account,
      logFiles: plan.logFiles, places: places)
    return Message(order, descriptors)
  }

  /// Starts a worker with an order.
  func launch(_ order: Message, _ plan: ServingPlan) throws(StartupError) -> WorkerHandle {
    do throws(SystemError) {
      let worker = try WorkerHandle.start(
        program: source.program, facts: plan.processFacts, on: loop
      ) { [unowned self] in heard($1, from: $0) }
      log.write(.notice, "start worker process \(worker.process ?? 0)")
      tell(worker, order)
      return worker
    } catch {
      throw StartupError("could not start a worker process: \(error)")
    }
  }

  /// Tells a process that has just been started what to serve; how one ends that does not listen
  /// is heard later.
  private func tell(_ worker: WorkerHandle, _ order: Message) {
    do throws(SystemError) {
      try worker.send(order)
    } catch {
      let process = worker.process ?? 0
      log.write(.alert, "\(error) while telling worker process \(process) what to serve")
      if error.code != EPIPE { worker.kill() }
    }
  }

  private func heard(_ result: Result<ServeReport, ChannelError>, from worker: WorkerHandle) {
    switch result {
    case .success(let report):
      if let reload, reload.isWaiting(for: report, from: worker) { return finish(reload, report) }
      note(report, of: worker)
    case .failure(let error): distrust(worker, "\(error)")
    }
  }

  /// Takes a report that no reload waits for, such as that of a worker's start.
  private func note(_ report: ServeReport, of worker: WorkerHandle) {
    switch worker.state {
    case .starting:
      if let failure = report.failure {
        return log.write(.alert, "worker process \(worker.process ?? 0): \(failure)")
      }
      worker.state = .serving
      listeners.listen(at: listeners.groups, configuration.plan.places) { log.write(.alert, $0) }
      settle(worker)
      becameReady()
    case .serving: distrust(worker, "a report that nobody waits for")
    case .leaving: break
    }
  }

  /// Ends a worker that does not speak as it should.
  private func distrust(_ worker: WorkerHandle, _ reason: String) {
    log.write(.alert, "worker process \(worker.process ?? 0): \(reason)")
    worker.kill()
  }

  /// What the worker of this very process has to say.
  func heardOfService(_ report: ServeReport) {
    guard let worker = workers.first else { return }
    heard(.success(report), from: worker)
  }

  /// Notes that a start or a reload is over, whatever came of it.
  func becameReady() {
    Notification.ready(generation: generation, isHeir: predecessor != nil).send()
    // A worker in this very process sees to that itself.
    guard configuration.plan.hasSupervisor else { return }
    // Behind what the batch still does for the reload that is over.
    loop.afterBatch { linux_release_program() }
  }

  /// Has a worker take connections at the addresses of the configuration that it has reported.
  func settle(_ worker: WorkerHandle) {
    tell(worker, Message(kind: .settle), "that its configuration is in use")
  }

  /// Has a worker take no more connections, and end when it has no more.
  ///
  /// - Parameter addresses: See ``DrainOrder/emptied``.
  func drain(_ worker: WorkerHandle, emptying addresses: [SocketAddress]?) {
    guard worker.state != .leaving else { return }
    worker.state = .leaving
    tell(worker, Message(DrainOrder(emptied: addresses)), "to drain")
  }

  private func tell(_ worker: WorkerHandle, _ message: Message, _ news: String) {
    do throws(SystemError) {
      try worker.send(message)
    } catch {
      // One that has ended, as signals make it, need not be told; how it ended is heard apart.
      guard error.code != EPIPE, error.code != ECONNRESET else { return }
      log.write(.alert, "\(error) while telling a worker \(news)")
      worker.kill()
    }
  }

  // MARK: - Ended processes

  private func reap() {
    while let (process, end) = ProcessEnd.next() { ended(process, end) }
    if ending != nil, workers.isEmpty { loop.stop() }
  }

  private func ended(_ process: pid_t, _ end: ProcessEnd) {
    if process == successor { return successorEnded(end) }
    if let checker = reload?.checker, checker.process == process {
      checker.ended(end)
      if !end.isClean { return }
    }
    guard let index = workers.firstIndex(where: { $0.process == process }) else {
      guard process != mutedChecker else { return }
      return log.write(end.isClean ? .notice : .alert, "checker process \(process) \(end)")
    }
    let worker = workers.remove(at: index)
    let isExpected = worker.state == .leaving || ending != nil
    // nginx: whoever sends a worker TERM ends it cleanly, though another takes its place.
    log.write(end.isClean ? .notice : .alert, "worker process \(process) \(end)")
    if let reload, reload.worker === worker {
      fail(reload, "the worker process \(end)")
    }
    // One that a reload had started may have been the only one.
    guard ending == nil, !isWithoutWorkers, !isExpected || !hasServingWorker else { return }
    let isEarly = worker.state == .starting || loop.now - worker.startTime < Supervisor.earlyEnd
    if !isEarly { earlyEnds = 0 }
    // The first is replaced at once; a pause comes when that one ends early too.
    if earlyEnds == 0 { startWorker() } else { startWorkerLater() }
    earlyEnds += 1
  }

  private func startWorkerLater() {
    let growth = UInt64(1) << UInt64(min(max(earlyEnds, 1) - 1, 10))
    let pause = min(Supervisor.firstPause * growth, Supervisor.longestPause)
    let timer =
      restartTimer
      ?? Timer(on: loop.timers) { [unowned self] in
        if ending == nil, !isWithoutWorkers, !hasServingWorker { startWorker() }
      }
    restartTimer = timer
    timer.set(loop.deadline(after: pause))
  }

  // MARK: - The end

  private func end(_ ending: Ending) {
    guard self.ending != .fast, self.ending != ending else { return }
    self.ending = ending
    log.write(.notice, ending == .graceful ? "gracefully shutting down" : "exiting")
    if successor == nil, !isBesidePredecessor { Notification.stopping.send() }
    restartTimer?.cancel()
    if let reload { giveUpChecking(for: reload, "the program ends") }
    refuseReloads()
    // Nobody else uses the files of Unix sockets any more.
    if predecessor != nil, !isBesidePredecessor, successor == nil { listeners.unshare() }
    listeners.closeAll()
    for worker in workers { end(worker) }
    if ending == .fast {
      let timer = Timer(on: loop.timers) { [unowned self] in workers.forEach { $0.kill() } }
      endTimer = timer
      timer.set(loop.deadline(after: Supervisor.endPatience))
    }
    if workers.isEmpty { loop.stop() }
  }

  /// Whether the process that this one was to replace is still there, to take its place back.
  var isBesidePredecessor: Bool { predecessor.map { $0 == getppid() } ?? false }

  private func end(_ worker: WorkerHandle) {
    // Another binary, which may have taken over, need not listen at all of the addresses.
    if ending == .graceful { return drain(worker, emptying: nil) }
    worker.state = .leaving
    do throws(SystemError) { try worker.send(Message(kind: .stop)) } catch { worker.kill() }
  }
}
