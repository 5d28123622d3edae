import Bytes
import Engine
import Sockets

/// The change to another configuration, from the order to its outcome.
///
/// Nothing of what is in use changes until the worker says that it serves the new one; whatever
/// goes wrong before leaves everything as it was.
final class Reload {
  /// Whoever waits for the outcome; signals do not.
  fileprivate var clients: [ReloadClient?]

  /// What a person should see.
  var messages: [String] = []

  fileprivate(set) var checker: Checker?
  fileprivate var next: Supervisor.Configuration?
  fileprivate var opening: ListenerOpening?
  fileprivate var openedLogs: [LogTarget] = []
  fileprivate var generation = 0
  fileprivate var timer: Timer?

  /// When the checking began, and how long it took.
  fileprivate var startTime: Milliseconds = 0
  fileprivate var checkTime: Milliseconds = 0

  /// The worker that has been told.
  fileprivate(set) var worker: WorkerHandle?

  /// Whether that was started for this configuration.
  fileprivate var hasOwnWorker = false

  /// Whether the program had been told to do without workers before.
  fileprivate var endsAbsence = false

  init(for clients: [ReloadClient?]) { self.clients = clients }

  /// Whether those who waited have been told that the outcome is open.
  fileprivate var isOpen = false

  func isWaiting(for report: ServeReport, from worker: WorkerHandle) -> Bool {
    self.worker === worker && (report.generation == generation || report.generation == 0)
  }
}

extension Supervisor {
  /// How long a worker may take to make a site of a configuration: many times as long as the
  /// checking took, and this at least.
  private static let patience: Milliseconds = 10_000
  private static let patienceFactor: Milliseconds = 10

  /// How long the checking may take: many times as long as that of the configuration in use, and
  /// this at least.
  private static let checkPatience: Milliseconds = 30_000

  /// How long a worker may take to say whether it has taken an order back.
  private static let lastPatience: Milliseconds = 5_000

  /// Changes to the configuration as it is on the disk now, after what is under way.
  func requestReload(for client: ReloadClient?) {
    guard ending == nil else {
      client?.answer(refusalOfEnding)
      return
    }
    if let reload, reload.isOpen {
      client?.answer(report(of: reload, .open))
      waitingClients = [nil]
    } else {
      waitingClients.append(client)
      if reload == nil { startReload() }
    }
  }

  /// Answers those who wait for a reload that will not come, since the program ends.
  func refuseReloads() {
    for client in waitingClients { client?.answer(refusalOfEnding) }
    waitingClients = []
  }

  private var refusalOfEnding: ReloadReport {
    ReloadReport(
      generation: generation, outcome: .refused,
      messages: [
        "\(log.program): [error] the program is ending, and waits for open connections",
        "  \"-s stop\" ends it at once",
      ])
  }

  private func startReload() {
    guard ending == nil, !waitingClients.isEmpty else { return }
    let reload = Reload(for: waitingClients)
    reload.startTime = loop.now
    waitingClients = []
    self.reload = reload
    log.write(.notice, "reconfiguring")
    Notification.reloading.send()
    do {
      let checker = try Checker(source)
      reload.checker = checker
      try checker.report(on: loop) { [unowned self] in checked(reload, $0) }
      let span = max(Supervisor.checkPatience, checkTime * Supervisor.patienceFactor)
      after(span, reload) { [unowned self, unowned reload] in
        giveUpChecking(for: reload, Checker.lateness(span))
      }
    } catch {
      fail(reload, (error as? StartupError)?.message ?? "\(error)")
    }
  }

  /// Ends the checker of a reload, which fails with that.
  func giveUpChecking(for reload: Reload, _ reason: String) {
    guard let checker = reload.checker else { return }
    mutedChecker = checker.process
    checker.giveUp(reason)
  }

  private func checked(_ reload: Reload, _ result: Result<Checker.Outcome, StartupError>) {
    let checker = reload.checker?.process
    reload.checker = nil
    reload.timer?.cancel()
    reload.checkTime = loop.now - reload.startTime
    switch result {
    case .failure(let error): fail(reload, error.message ?? "")
    case .success(let outcome):
      for diagnostic in outcome.report.diagnostics { log.write(diagnostic.level, diagnostic.line) }
      // Notices tell what was told at the start.
      reload.messages = outcome.report.diagnostics.filter { $0.level <= .warn }.map(\.rendering)
      guard let plan = outcome.report.plan, let bundle = outcome.bundle else {
        mutedChecker = checker
        return fail(reload, nil)
      }
      attempt(reload) { () throws(StartupError) in
        try prepare(reload, Configuration(plan: plan, bundle: bundle))
      }
    }
  }

  /// Goes on with a reload, which fails where that does.
  private func attempt(_ reload: Reload, _ body: () throws(StartupError) -> Void) {
    guard ending == nil else { return fail(reload, "the program ends") }
    do throws(StartupError) { try body() } catch { fail(reload, error.message, error.advice) }
  }

  /// Opens what the new configuration needs and is not there yet, and tells the worker.
  private func prepare(_ reload: Reload, _ next: Configuration) throws(StartupError) {
    reload.next = next
    reload.openedLogs = try logFiles.open(next.plan.logFiles)
    try Folders.create(for: next.plan)
    let opening = ListenerOpening(
      listeners, next.plan.places, loopCount: next.plan.loopCount
    ) { [unowned self, unowned reload] in
      if $0 <= .error { say($1, level: $0, to: reload) } else { log.write($0, $1) }
    }
    reload.opening = opening
    try open(opening, for: reload, next)
  }

  /// Attempts to open the sockets until it has come to an end; the loop goes on meanwhile.
  private func open(
    _ opening: ListenerOpening, for reload: Reload, _ next: Configuration
  ) throws(StartupError) {
    switch opening.attempt() {
    case .open:
      try hand(next, opening.groups, over: reload)
    case .later:
      after(ListenerOpening.pause, reload) { [unowned self, unowned reload] in
        attempt(reload) { () throws(StartupError) in try open(opening, for: reload, next) }
      }
    case .failed: throw StartupError(nil, advice: opening.advice)
    }
  }

  /// Tells the worker, or one that is started for it.
  private func hand(
    _ next: Configuration, _ groups: ListenerSet.Groups, over reload: Reload
  ) throws(StartupError) {
    // Only what a worker may have heard uses up the number.
    reload.generation = lastOrder + 1
    let order = try order(reload.generation, next, groups, adding: reload.openedLogs)
    let fit = workers.first { $0.state != .leaving && $0.facts == next.plan.processFacts }
    if let worker = fit {
      reload.worker = worker
      lastOrder = reload.generation
      try StartupError.passing { () throws(SystemError) in try worker.send(order) }
    } else if workers.contains(where: { $0.process == nil }) {
      throw StartupError("what has changed needs a new process, but \"master_process\" is off")
    } else {
      // What a process cannot change about itself needs a new one; the old one finishes its work.
      let worker = try launch(order, next.plan)
      reload.endsAbsence = isWithoutWorkers
      isWithoutWorkers = false
      lastOrder = reload.generation
      workers.append(worker)
      reload.worker = worker
      reload.hasOwnWorker = true
    }
    limit(reload)
  }

  private func limit(_ reload: Reload) {
    let span = max(Supervisor.patience, reload.checkTime * Supervisor.patienceFactor)
    after(span, reload) { [unowned self, unowned reload] in withdraw(reload) }
  }

  private func after(_ span: Milliseconds, _ reload: Reload, _ body: @escaping () -> Void) {
    // The timer that calls may be the one that is replaced.
    let former = reload.timer
    loop.afterBatch { withExtendedLifetime(former) {} }
    let timer = Timer(on: loop.timers, action: body)
    reload.timer = timer
    timer.set(loop.deadline(after: span))
  }

  /// Takes the order back; whether that came in time, the worker's report says.
  private func withdraw(_ reload: Reload) {
    guard let worker = reload.worker else { return }
    if reload.hasOwnWorker { return fail(reload, "the worker was not ready in time") }
    do throws(SystemError) {
      try worker.send(Message(WithdrawOrder(generation: reload.generation)))
    } catch {
      log.write(.alert, "\(error) while taking back what the worker was told to serve")
    }
    after(Supervisor.lastPatience, reload) { [unowned self, unowned reload] in
      leaveOpen(reload)
    }
  }

  /// Lets those go who wait for the outcome; it is logged when the worker has answered or ended.
  private func leaveOpen(_ reload: Reload) {
    let process = reload.worker?.process ?? 0
    say("worker process \(process) does not answer yet", level: .alert, to: reload)
    answer(reload, .open)
    reload.isOpen = true
  }

  // MARK: - The outcome

  func finish(_ reload: Reload, _ report: ServeReport) {
    if let failure = report.failure { return fail(reload, failure) }
    // The sockets have been closed by then.
    guard ending == nil else { return fail(reload, "the program ends") }
    guard let next = reload.next, let groups = reload.opening?.groups, let worker = reload.worker
    else { return }
    generation = reload.generation
    checkTime = reload.checkTime
    let wasWithSupervisor = configuration.plan.hasSupervisor
    configuration = next
    configuration.keepSupervisor(wasWithSupervisor)
    logFiles.use(next.plan.logFiles, adding: reload.openedLogs)
    log.logs = logFiles.errorLogs(next.plan.errorLogs)
    worker.state = .serving
    let gone = listeners.addresses(missingFrom: groups)
    listeners.listen(at: groups, next.plan.places) { log.write(.alert, $0) }
    listeners.use(groups)
    settle(worker)
    for other in workers where other !== worker { drain(other, emptying: gone) }
    movePidFile(to: next.plan.pidFile)
    log.write(.notice, "configuration \(generation) is in use")
    end(reload, .taken)
  }

  /// Leaves everything as it was.
  ///
  /// - Parameter reason: nil where it has been said.
  func fail(_ reload: Reload, _ reason: String?, _ advice: String? = nil) {
    guard self.reload === reload else { return }
    if let reason { say(reason, to: reload) }
    if let advice { reload.messages.append("  \(advice)") }
    log.write(.error, "configuration \(generation) stays in use")
    reload.opening?.abandon()
    // A worker that was started for the new one has nothing to do; its sockets go with it.
    if let worker = reload.worker, reload.hasOwnWorker {
      worker.state = .leaving
      worker.kill()
      if reload.endsAbsence { isWithoutWorkers = true }
    }
    end(reload, .refused)
  }

  private func say(_ problem: String, level: LogLevel = .emerg, to reload: Reload) {
    log.write(level, problem)
    let message = "\(log.program): [\(level.name)] \(problem.withoutControls)"
    // What is tried several times is told a person once.
    if !reload.messages.contains(message) { reload.messages.append(message) }
  }

  private func answer(_ reload: Reload, _ outcome: ReloadReport.Outcome) {
    let report = report(of: reload, outcome)
    for client in reload.clients { client?.answer(report) }
    reload.clients = []
  }

  private func report(of reload: Reload, _ outcome: ReloadReport.Outcome) -> ReloadReport {
    ReloadReport(generation: generation, outcome: outcome, messages: reload.messages)
  }

  private func end(_ reload: Reload, _ outcome: ReloadReport.Outcome) {
    reload.timer?.cancel()
    answer(reload, outcome)
    self.reload = nil
    // Timers and watches that have called back go when the batch is done.
    loop.afterBatch { withExtendedLifetime(reload) {} }
    becameReady()
    startReload()
  }

  /// nginx: a reload may give the file another place.
  private func movePidFile(to path: String) {
    guard path != pidFile.path, successor == nil, path + ".oldbin" != pidFile.path else { return }
    do throws(StartupError) {
      let file = try PidFile(for: path)
      let former = pidFile
      pidFile = file
      openControl()
      try file.publish()
      former.remove()
    } catch {
      log.write(.alert, error.message ?? "")
    }
  }
}

extension String {
  /// The text as a terminal may show it: a worker's words may be an enemy's.
  fileprivate var withoutControls: String {
    let shown = unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
    return String(String.UnicodeScalarView(shown))
  }
}

extension Supervisor.Configuration {
  /// Whether there is a supervisor is settled when the program starts.
  fileprivate mutating func keepSupervisor(_ hasSupervisor: Bool) {
    guard plan.hasSupervisor != hasSupervisor else { return }
    var plan = plan
    plan.hasSupervisor = hasSupervisor
    self = Supervisor.Configuration(plan: plan, bundle: bundle)
  }
}
