import CLinux
import Engine
import Sockets

/// From a command line to a serving program, and to its end.
///
/// The order matters: the configuration is checked, then logs, sockets, background, pid file; only
/// then is a worker started.
final class SupervisorStart {
  let source: ConfigurationSource
  let log: ProgramLog
  let logFiles = LogFiles()
  let listeners: ListenerSet
  let predecessor: pid_t?
  private(set) var configuration: Supervisor.Configuration

  /// How long the checking may take; whoever watches starts, such as systemd, waits longer.
  private static let checkPatience: Milliseconds = 60_000

  /// How long the checking of the configuration took.
  let checkTime: Milliseconds

  /// - Returns: The exit code.
  static func run(_ source: ConfigurationSource, _ log: ProgramLog) -> CInt {
    do throws(StartupError) {
      Notification.noteSocket()
      linux_hear_children()
      openFirstLog(source, log)
      let loop: EventLoop
      let supervisor: Supervisor
      (loop, supervisor) = try SupervisorStart(source, log).start()
      // Nothing may hold the first configuration from here on: it is replaced while the loop runs.
      loop.run()
      supervisor.finish()
      return 0
    } catch {
      if let message = error.message { log.write(.emerg, message) }
      if let advice = error.advice { StandardStream.error.write("  \(advice)\n") }
      return 1
    }
  }

  /// Opens the log for what happens before the configuration is known.
  private static func openFirstLog(_ source: ConfigurationSource, _ log: ProgramLog) {
    let path = source.errorLog == "stderr" ? nil : source.errorLog
    let target = LogTarget(path: path)
    let code = target.open()
    if code == 0 {
      log.logs = [ErrorLog(target: target, level: .notice)]
    } else {
      let failure = StartupError.failure("open() \"\(path ?? "")\"", code)
      log.say("[alert] could not open error log file: \(failure)")
    }
  }

  /// Checks the configuration.
  private init(_ source: ConfigurationSource, _ log: ProgramLog) throws(StartupError) {
    self.source = source
    self.log = log
    let inherited = Upgrade.inheritedSockets()
    listeners = ListenerSet(inherited: inherited)
    predecessor = inherited.isEmpty ? nil : getppid()
    let startTime = linux_milliseconds(CLOCK_MONOTONIC)
    let outcome = try Checker(source).wait(for: SupervisorStart.checkPatience)
    checkTime = linux_milliseconds(CLOCK_MONOTONIC) - startTime
    for diagnostic in outcome.report.diagnostics {
      StandardStream.error.write(diagnostic.rendering + "\n")
      log.record(diagnostic.level, diagnostic.line)
    }
    guard let plan = outcome.report.plan, let bundle = outcome.bundle else {
      throw StartupError(nil)
    }
    configuration = Supervisor.Configuration(plan: plan, bundle: bundle)
  }

  private func start() throws(StartupError) -> (EventLoop, Supervisor) {
    do throws(StartupError) {
      return try open()
    } catch {
      // No file of a Unix socket stays behind.
      listeners.closeAll()
      throw error
    }
  }

  private func open() throws(StartupError) -> (EventLoop, Supervisor) {
    let plan = configuration.plan
    logFiles.use(plan.logFiles, adding: try logFiles.open(plan.logFiles))
    let errorLogs = logFiles.errorLogs(plan.errorLogs)
    if !errorLogs.isEmpty { log.logs = errorLogs }
    try Folders.create(for: plan)
    let opening = ListenerOpening(listeners, plan.places, loopCount: plan.loopCount) { [log] in
      log.write($0, $1)
    }
    try opening.complete()
    listeners.use(opening.groups)
    if predecessor == nil, let former = PidFile.runningProcess(namedBy: plan.pidFile) {
      log.write(
        .warn,
        "\"\(plan.pidFile)\" names process \(former.number) (\(former.name)), which runs: the file "
          + "names this process from now on, and \"-s\" reaches no other")
    }
    // One that another binary has started is in the background already, if it is to be there.
    var foreground: Descriptor?
    if plan.isDaemon, predecessor == nil {
      var call: UnsafePointer<CChar>?
      let number = linux_daemonize(&call)
      guard number >= 0 else { throw .system(call.map { String(cString: $0) } ?? "fork()") }
      foreground = Descriptor(adopting: number)
    }
    if plan.hasSupervisor {
      let words = CommandLine.arguments.joined(separator: " ")
      linux_name_process("\(log.program): master process \(words)")
    }
    // Whoever reads the pid file may send a signal at once.
    var signals: CInt = -1
    try StartupError.passing { () throws(SystemError) in
      signals = try Signals.block(Signals.ofSupervisors)
    }
    let pidFile = try PidFile(for: plan.pidFile)
    do {
      let loop = try EventLoop(index: 0)
      let supervisor = Supervisor(self, pidFile: pidFile, on: loop)
      supervisor.signals = try Signals(signals, on: loop) { [unowned supervisor] in
        supervisor.receive($0)
      }
      supervisor.openControl()
      try pidFile.publish()
      if !plan.usesStandardError { redirectStandardError() }
      log.usesStandardError = false
      // Who has started the program may send signals to the process in the pid file from now on.
      if let foreground { _ = write(foreground.number, "!", 1) }
      log.write(.notice, "\(Engine.Program.nameAndVersion)")
      try supervisor.startServing()
      return (loop, supervisor)
    } catch {
      pidFile.remove()
      throw (error as? StartupError) ?? StartupError("\(error)")
    }
  }

  /// nginx: what is written to standard error later, such as the last words of a crash, goes to
  /// the first error log.
  private func redirectStandardError() {
    let file = log.logs.first { $0.syslog == nil }?.target
    guard let file, file.path != nil, file.isOpen else { return }
    file.withDescriptor { _ = linux_replace_inherited(2, $0) }
  }
}

/// The folders that serving needs.
enum Folders {
  /// Makes the folders of temporary files; one that is there is left alone, but for its owner.
  static func create(for plan: ServingPlan) throws(StartupError) {
    for path in plan.temporaryFolders {
      if mkdir(path, 0o700) < 0, linux_errno() != EEXIST {
        throw .making(path, linux_errno())
      }
      if let account = plan.account, chown(path, account.user, gid_t.max) < 0 {
        throw .system("chown() \"\(path)\"")
      }
    }
  }
}
