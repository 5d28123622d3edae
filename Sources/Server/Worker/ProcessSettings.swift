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
    limitDescriptors()
    if let size = main.maximumCoreSize, linux_limit_core(UInt(size)) < 0 {
      report("setrlimit(RLIMIT_CORE, \(size))")
    }
  }

  /// Lets the process open as many files as nginx's worker processes may together: a loop has what
  /// a process of nginx has.
  private func limitDescriptors() {
    let loops = UInt(clamping: main.loopCount)
    guard let limit = main.maximumOpenFiles else {
      let total = linux_descriptor_limit().multipliedReportingOverflow(by: loops)
      return linux_raise_descriptor_limit(total.overflow ? .max : total.partialValue)
    }
    let total = UInt(clamping: limit).multipliedReportingOverflow(by: loops)
    guard !total.overflow, linux_limit_descriptors(total.partialValue) < 0 else { return }
    report("setrlimit(RLIMIT_NOFILE, \(total.partialValue))")
  }

  /// Goes to the working folder, which the new user must be able to enter.
  static func enterFolder(of main: MainSettings) throws(StartupError) {
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
