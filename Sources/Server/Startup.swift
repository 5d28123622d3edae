import Bytes
import CLinux
import Engine
import Sockets

/// From a configuration to a serving process, and to its end.
///
/// The order matters: logs, sockets, background, pid file, rights, threads.
struct Startup {
  private let configuration: LoadedConfiguration
  private let paths: Paths
  private let log: ProgramLog

  init(_ configuration: LoadedConfiguration, _ paths: Paths, _ log: ProgramLog) {
    self.configuration = configuration
    self.paths = paths
    self.log = log
  }

  /// - Returns: The exit code.
  func run() -> CInt {
    openFirstLog()
    configuration.report(to: log)
    configuration.record(in: log)
    guard let site = configuration.site else { return 1 }
    do throws(StartupError) {
      try serve(site)
      return 0
    } catch {
      if let message = error.message { log.write(.emerg, message) }
      return 1
    }
  }

  private func serve(_ site: Site) throws(StartupError) {
    let user = try Identity(of: site.main, log)
    try openLogs(site)
    try Folders.create(for: site, owner: user)
    guard
      let addresses = BoundAddress.bind(
        site.listeners, loopCount: site.main.loopCount, report: { log.write(.emerg, $0) })
    else { throw StartupError(nil) }
    defer { for address in addresses { address.close() } }
    if site.main.isDaemon, linux_daemonize() < 0 { throw .system("fork()") }
    log.usesStandardError = false
    // Whoever reads the pid file may send a signal at once.
    var signals: CInt = -1
    try StartupError.passing { () throws(SystemError) in signals = try Signals.block() }
    let pidFile = try PidFile(writing: site.main.pidFile.string)
    defer { pidFile.remove() }
    let process = ProcessSettings(site.main, log)
    process.applyWithRights()
    try user?.take()
    try process.enterFolder()
    try StartupError.passing { () throws(SystemError) in try serve(site, addresses, signals) }
  }

  private func serve(
    _ site: Site, _ addresses: [BoundAddress], _ descriptor: CInt
  ) throws(SystemError) {
    EventLoop.keepJobs()
    let worker = try Worker(site: site, log: log)
    let signals = try Signals(descriptor, on: worker.mainLoop) { signal in
      receive(signal, site, worker)
    }
    // The process ends with them; taking them apart in the right order would be lost work.
    _ = Unmanaged.passRetained(worker)
    _ = Unmanaged.passRetained(signals)
    try worker.run(accepting: addresses)
    if EventLoop.strayJobCount > 0 {
      log.write(.alert, "\(EventLoop.strayJobCount) jobs left their loop")
    }
  }

  private func receive(_ signal: CInt, _ site: Site, _ worker: Worker) {
    switch signal {
    case SIGTERM, SIGINT: worker.stop()
    case SIGQUIT: worker.drain(within: site.main.shutdownTimeout)
    case SIGUSR1: worker.flushLogs { reopenLogs(site) }
    case SIGHUP: refuse("HUP", "the configuration stays as it is; to change it, stop and start")
    case SIGUSR2: refuse("USR2", "to run another binary, stop this one and start that")
    default: refuse("WINCH", "QUIT finishes the requests under way and ends the program")
    }
  }

  /// Says that a signal is the business of a supervisor, which there is none of yet.
  private func refuse(_ name: String, _ advice: String) {
    log.write(.warn, "signal \(name) is not supported by apus yet: \(advice)")
  }

  // MARK: - Files

  /// Opens the log for what happens before the configuration is known.
  private func openFirstLog() {
    let target = LogTarget(path: paths.errorLog)
    let code = target.open()
    if code == 0 {
      log.logs = [ErrorLog(target: target, level: .notice)]
    } else {
      let failure = Startup.failure("open() \"\(paths.errorLog ?? "")\"", code)
      log.say("[alert] could not open error log file: \(failure)")
    }
  }

  private func openLogs(_ site: Site) throws(StartupError) {
    for target in site.logFiles {
      let code = target.open()
      guard code == 0 else {
        throw StartupError(Startup.failure("open() \"\(target.path ?? "")\"", code))
      }
    }
    if !site.errorLogs.isEmpty { log.logs = site.errorLogs }
  }

  private func reopenLogs(_ site: Site) {
    log.write(.notice, "reopening logs")
    for target in site.logFiles {
      let code = target.open()
      guard code != 0 else { continue }
      log.write(.emerg, Startup.failure("open() \"\(target.path ?? "")\"", code))
    }
  }

  /// nginx's sentence about a failed call.
  static func failure(_ action: String, _ code: CInt) -> String {
    "\(action) failed \(SystemError(call: "", code: code).reason)"
  }
}

/// Why the program does not start to serve.
struct StartupError: Error {
  /// nil where it has been logged already.
  let message: String?

  init(_ message: String?) { self.message = message }

  /// The last failure of a system call; `action` is the call with parentheses.
  static func system(_ action: String) -> StartupError {
    StartupError(Startup.failure(action, linux_errno()))
  }

  /// Turns a failed system call into a sentence.
  static func passing(_ body: () throws(SystemError) -> Void) throws(StartupError) {
    do throws(SystemError) { try body() } catch { throw StartupError("\(error)") }
  }
}
