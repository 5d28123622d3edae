import CLinux
import Engine
import Sockets

/// The exchange of the running binary: nginx's `USR2`.
///
/// The new binary is started with the listening sockets, whose numbers a variable tells, and both
/// serve until one of them is told to end.
///
/// Source: nginx, "Controlling nginx", "Upgrading executable on the fly".
enum Upgrade {
  /// The variable that tells the new process the numbers of the sockets.
  private static let variable = "APUS_SOCKETS"

  /// What the pid file of the process that has a successor is called.
  static let suffix = ".oldbin"

  /// The sockets that this process was started with.
  static func inheritedSockets() -> [CInt] {
    guard let text = getenv(variable) else { return [] }
    defer { unsetenv(variable) }
    return String(cString: text).split(separator: ",").compactMap { CInt($0) }
  }

  static func start(
    _ arguments: [String], _ sockets: [ListeningSocket]
  ) throws(SystemError) -> pid_t {
    let numbers = sockets.map(\.descriptor)
    let list = numbers.map { "\($0)" }.joined(separator: ",")
    let words = CStrings(arguments)
    let environment = CStrings(Environment.variables + ["\(variable)=\(list)"])
    return try SystemError.check(
      "posix_spawn",
      linux_run_binary(
        arguments.first ?? "", words.pointers, environment.pointers, numbers, numbers.count))
  }
}

extension Supervisor {
  func upgrade() {
    guard successor == nil, !isBesidePredecessor,
      configuration.plan.hasSupervisor, ending == nil
    else {
      return log.write(
        .crit,
        "the changing binary signal is ignored: you should shutdown or terminate before either "
          + "old or new binary's process")
    }
    let path = pidFile.path
    do {
      try pidFile.rename(to: path + Upgrade.suffix)
      do {
        log.write(.notice, "changing binary")
        let sockets = listeners.groups.values.flatMap { $0 }
        successor = try Upgrade.start(CommandLine.arguments, sockets)
        listeners.share()
        log.write(.notice, "start new binary process \(successor ?? 0)")
      } catch {
        try pidFile.rename(to: path)
        throw error
      }
    } catch {
      log.write(.alert, (error as? StartupError)?.message ?? "\(error)")
    }
  }

  /// Takes the place back that the process of another binary had.
  func successorEnded(_ end: ProcessEnd) {
    log.write(end.isClean ? .notice : .alert, "new binary process \(successor ?? 0) \(end)")
    successor = nil
    listeners.unshare()
    if ending == nil { Notification.ready(generation: generation, isHeir: true).send() }
    let path = pidFile.path
    guard path.hasSuffix(Upgrade.suffix) else { return }
    do throws(StartupError) {
      try pidFile.rename(to: String(path.dropLast(Upgrade.suffix.count)))
    } catch {
      log.write(.alert, error.message ?? "")
    }
    // nginx: the workers that WINCH has sent home are started again.
    takeWorkersBack()
  }
}
