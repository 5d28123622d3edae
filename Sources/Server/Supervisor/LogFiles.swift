import CLinux
import Engine

/// The log files of the program: the supervisor opens them with the rights that it has, and hands
/// descriptors to workers.
final class LogFiles {
  private var targets: [String: LogTarget] = [:]

  /// Opens files that are not open yet; the others stay as they are.
  ///
  /// - Returns: What was opened, for ``use(_:adding:)``.
  func open(_ paths: [String]) throws(StartupError) -> [LogTarget] {
    var opened: [LogTarget] = []
    for path in paths where targets[path] == nil {
      let target = LogTarget(path: path)
      let code = target.open()
      guard code == 0 else {
        throw .opening(path, code)
      }
      opened.append(target)
    }
    return opened
  }

  /// Holds the files of a plan from now on, and gives up all others.
  func use(_ paths: [String], adding opened: [LogTarget]) {
    for target in opened { if let path = target.path { targets[path] = target } }
    let wanted = Set(paths)
    targets = targets.filter { wanted.contains($0.key) }
  }

  /// Opens every file anew, as it may have been renamed.
  ///
  /// - Parameter report: Told about each that cannot be opened; it stays as it was.
  func reopen(report: (String) -> Void) {
    for (path, target) in targets {
      let code = target.open()
      if code != 0 { report(StartupError.failure("open() \"\(path)\"", code)) }
    }
  }

  /// The logs that the program itself speaks to.
  func errorLogs(_ logs: [ServingPlan.Log], adding opened: [LogTarget] = []) -> [ErrorLog] {
    logs.compactMap { log in
      if let syslog = log.syslog {
        return ErrorLog(
          target: LogTarget(path: log.path), level: log.level, syslog: SyslogTarget(syslog))
      }
      guard let path = log.path else {
        let target = LogTarget(path: nil)
        _ = target.open()
        return ErrorLog(target: target, level: log.level)
      }
      let target = targets[path] ?? opened.first { $0.path == path }
      return target.map { ErrorLog(target: $0, level: log.level) }
    }
  }

  /// Descriptors of files for another process, in the order of the paths.
  func descriptors(
    of paths: [String], adding opened: [LogTarget] = []
  ) throws(StartupError) -> [Descriptor] {
    var descriptors: [Descriptor] = []
    for path in paths {
      guard let target = targets[path] ?? opened.first(where: { $0.path == path }) else {
        throw StartupError("the log file \"\(path)\" is not open")
      }
      let copy = target.withDescriptor { linux_copy_descriptor($0) }
      guard copy >= 0 else { throw .system("fcntl(F_DUPFD_CLOEXEC)") }
      descriptors.append(Descriptor(adopting: copy))
    }
    return descriptors
  }
}
