import Bytes
import CLinux
import Config
import Engine
import Sockets

/// `-s`: tells the process that the configuration's pid file names what to do.
struct SignalSending {
  private let configuration: LoadedConfiguration
  private let isQuiet: Bool
  private let log: ProgramLog

  init(_ configuration: LoadedConfiguration, isQuiet: Bool, _ log: ProgramLog) {
    self.configuration = configuration
    self.isQuiet = isQuiet
    self.log = log
  }

  /// - Returns: The exit code.
  func run(_ name: Invocation.SignalName) -> CInt {
    // The running program looks at the configuration itself, and notes in its log what is wrong.
    if name == .reload, maySignal, let channel = control() { return askForReload(channel) }
    // Whoever ends a program knows the warnings of its configuration.
    configuration.report(to: log, upTo: .error)
    guard configuration.outline != nil else { return 1 }
    do throws(StartupError) {
      let process = try process()
      if kill(process, name.number) < 0 {
        let error = SystemError(call: "kill(\(process), \(name.number))", code: linux_errno())
        log.say("[alert] \(error)")
        if error.code == ESRCH { advise() }
        return 1
      }
      guard name == .reload else { return 0 }
      log.say("[warn] process \(process) does not tell what came of it: see its error log")
      return 0
    } catch {
      log.say("[error] \(error.message ?? "")")
      advise()
      return 1
    }
  }

  private func advise() {
    let file = configuration.parsed.files.first?.path ?? ""
    StandardStream.error.write(
      "  this is the pid file of \(file), by its directive \"pid\" or else below the prefix; "
        + "no apus runs with this pid file, or it was started with another -p, -c or -g\n")
  }

  /// Whether the running program would hear this process; the signal says why not.
  private var maySignal: Bool {
    guard let process = try? process() else { return true }
    return kill(process, 0) == 0 || linux_errno() != EPERM
  }

  private var pidFile: String { configuration.result.main.pidFile.string }

  /// The process that the pid file names.
  private func process() throws(StartupError) -> pid_t {
    let content: ByteString
    do throws(ReadError) {
      content = try DiskReader().bytes(of: pidFile)
    } catch {
      throw StartupError("\(error.call) \"\(pidFile)\" failed (\(error.code): \(error.reason))")
    }
    let text = ByteString(
      content.bytes.filter { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn })
    guard let process = text.decimalNumber, process > 0 else {
      throw StartupError("invalid PID number \"\(text)\" in \"\(pidFile)\"")
    }
    return pid_t(truncatingIfNeeded: process)
  }

  // MARK: - Reload

  /// The channel to the process that the pid file names; nil where it has none.
  private func control() -> Channel? {
    guard let process = try? process(), let name = ControlSocket.name(for: pidFile) else {
      return nil
    }
    let number = linux_connect_abstract(name)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(adopting: number)
    var (peer, user, group) = (pid_t(0), uid_t(0), gid_t(0))
    // Anybody might have taken the name.
    guard linux_peer_credentials(number, &peer, &user, &group) == 0, peer == process else {
      return nil
    }
    return Channel(descriptor)
  }

  /// Waits for the outcome and tells it.
  private func askForReload(_ channel: Channel) -> CInt {
    do {
      try channel.send(Message(kind: .reload))
      guard let message = try channel.receive() else {
        log.say("[error] the running program ended without an answer")
        return 1
      }
      let report = try message.read(ReloadReport.self)
      for line in report.messages { StandardStream.error.write(line + "\n") }
      tell(report)
      return report.outcome == .taken ? 0 : 1
    } catch {
      log.say("[error] \(error)")
      return 1
    }
  }

  private func tell(_ report: ReloadReport) {
    switch report.outcome {
    case .taken: if !isQuiet { log.say("configuration \(report.generation) is in use") }
    case .refused: log.say("reload failed: configuration \(report.generation) stays in use")
    case .open: log.say("configuration \(report.generation) is still in use: see the error log")
    }
  }
}

extension Invocation.SignalName {
  fileprivate var number: CInt {
    switch self {
    case .stop: SIGTERM
    case .quit: SIGQUIT
    case .reopen: SIGUSR1
    case .reload: SIGHUP
    }
  }
}
