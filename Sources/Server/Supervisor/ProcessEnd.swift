import CLinux

/// How a process that this one has started came to its end.
struct ProcessEnd: Equatable, CustomStringConvertible {
  let code: CInt

  /// The signal that ended it; 0 for none.
  let signal: CInt

  let dumpedCore: Bool

  /// nginx's words, to be put behind the name of the process.
  var description: String {
    guard signal != 0 else { return "exited with code \(code)" }
    return "exited on signal \(signal)\(dumpedCore ? " (core dumped)" : "")"
  }

  var isClean: Bool { signal == 0 && code == 0 }

  /// Waits until a process has ended; nil where somebody has been told already.
  static func wait(for process: pid_t) -> ProcessEnd? { reap(process, waits: true)?.end }

  /// A process that has ended, which is told once; nil where there is none.
  static func next() -> (process: pid_t, end: ProcessEnd)? { reap(-1, waits: false) }

  private static func reap(
    _ process: pid_t, waits: Bool
  ) -> (process: pid_t, end: ProcessEnd)? {
    var (code, signal, dumpedCore) = (CInt(0), CInt(0), CInt(0))
    let process = linux_reap(process, waits ? 1 : 0, &code, &signal, &dumpedCore)
    guard process > 0 else { return nil }
    return (process, ProcessEnd(code: code, signal: signal, dumpedCore: dumpedCore != 0))
  }
}
