import Bytes
import CLinux
import Engine

/// What the configuration says about the process itself: limits, priority, environment, folder.
///
/// Limits and the priority need the superuser's rights, so they come before those are given up.
struct ProcessSettings {
  private let main: MainSettings
  private let log: ProgramLog

  init(_ main: MainSettings, _ log: ProgramLog) {
    self.main = main
    self.log = log
  }

  /// Applies what may need the superuser's rights; a failure is logged and changes nothing else.
  func applyWithRights() {
    replaceEnvironment()
    if main.priority != 0, linux_set_priority(CInt(clamping: main.priority)) < 0 {
      report("setpriority(\(main.priority))")
    }
    if let limit = main.maximumOpenFiles, linux_limit_descriptors(UInt(limit)) < 0 {
      report("setrlimit(RLIMIT_NOFILE, \(limit))")
    }
    if let size = main.maximumCoreSize, linux_limit_core(UInt(size)) < 0 {
      report("setrlimit(RLIMIT_CORE, \(size))")
    }
  }

  /// Goes to the working folder, which the new user must be able to enter.
  func enterFolder() throws(StartupError) {
    guard let folder = main.workingDirectory?.string else { return }
    if chdir(folder) < 0 { throw .system("chdir(\"\(folder)\")") }
  }

  /// Keeps the variables of `env` and the time zone alone, as nginx does.
  private func replaceEnvironment() {
    var kept: [(String, String)] = []
    for (name, value) in [("TZ", nil)] + main.environment {
      let name = name.string
      if let value = value?.string ?? getenv(name).map({ String(cString: $0) }) {
        kept.append((name, value))
      }
    }
    clearenv()
    for (name, value) in kept { setenv(name, value, 1) }
  }

  private func report(_ call: String) {
    log.write(.alert, StartupError.failure(call, linux_errno()))
  }
}
