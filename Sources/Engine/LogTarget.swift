package import Bytes
import CLinux
import Synchronization

/// A file that log lines go to, shared by all loops.
///
/// The file is opened when the program starts to serve, not when the configuration is read, so
/// that `-t` changes nothing on disk.
package final class LogTarget: HashableByIdentity, Sendable {
  /// The full path; nil for standard error.
  package let path: String?

  private let descriptor = Atomic<CInt>(-1)

  /// Whether the last write failed, so that a full disk is reported once and not per line.
  private let isFailing = Atomic<Bool>(false)

  /// A log file that is not open yet; nil is standard error.
  package init(path: String?) { self.path = path }

  deinit { close() }

  /// Opens the file, or opens it anew after it was renamed; lines go to the old one until then.
  ///
  /// - Returns: The `errno` of a failure; 0 otherwise.
  package func open() -> CInt {
    guard let path else {
      descriptor.store(2, ordering: .releasing)
      return 0
    }
    let opened = linux_open_for_appending(path)
    guard opened >= 0 else { return linux_errno() }
    use(opened)
    return 0
  }

  /// Whether the file is open.
  package var isOpen: Bool { descriptor.load(ordering: .acquiring) >= 0 }

  /// Takes over a descriptor that lines go to from now on.
  package func use(_ opened: CInt) {
    isFailing.store(false, ordering: .relaxed)
    let old = descriptor.load(ordering: .acquiring)
    if old >= 0 {
      // The number stays, so that a loop that is writing at this moment writes to either file.
      linux_replace_descriptor(opened, old)
      CLinux.close(opened)
    } else {
      descriptor.store(opened, ordering: .releasing)
    }
  }

  /// Lends the descriptor; -1 while the file is not open.
  package func withDescriptor<Result>(_ body: (CInt) -> Result) -> Result {
    body(descriptor.load(ordering: .acquiring))
  }

  private func close() {
    let old = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
    if old > 2 { CLinux.close(old) }
  }

  /// Writes lines that are complete; one call, so that lines of several loops do not mix.
  ///
  /// - Returns: The `errno` of the first failure in a row, which deserves a report; 0 otherwise.
  @discardableResult
  package func write(_ lines: ByteBuffer) -> CInt {
    let descriptor = descriptor.load(ordering: .acquiring)
    guard descriptor >= 0, !lines.isEmpty else { return 0 }
    let count = lines.withReadableBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) }
    let failed = count < lines.count
    let wasFailing = isFailing.exchange(failed, ordering: .relaxed)
    return failed && !wasFailing ? (count < 0 ? linux_errno() : ENOSPC) : 0
  }
}

/// How serious a line of the error log is; the names are nginx's.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
  case emerg = 1
  case alert, crit, error, warn, notice, info, debug

  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The word of a configuration.
  package var name: String { "\(self)" }
}

/// One `error_log`: where lines go and which.
package struct ErrorLog: Hashable, Sendable {
  /// Where lines go.
  package let target: LogTarget

  /// The least severe level that is written.
  package let level: LogLevel

  /// The syslog server that lines go to instead; nil for none.
  package let syslog: SyslogTarget?

  /// A log with its level.
  package init(target: LogTarget, level: LogLevel, syslog: SyslogTarget? = nil) {
    self.target = target
    self.level = level
    self.syslog = syslog
  }
}

extension [ErrorLog] {
  /// Whether any of the logs wants lines of a level.
  package func wants(_ level: LogLevel) -> Bool { contains { $0.level >= level } }

  /// Writes a line to every log that wants it, in nginx's format.
  ///
  /// - Parameters:
  ///   - time: `YYYY/MM/DD HH:MM:SS`.
  ///   - connection: The number of the client's connection; nil where no client is concerned.
  ///   - toAll: Whether even logs get the line that want only worse ones.
  package func write(
    _ level: LogLevel, time: ByteString, connection: Int?, _ message: ByteString,
    toAll: Bool = false
  ) {
    guard toAll || wants(level) else { return }
    let line = ByteBuffer(capacity: 256 + message.count)
    line.append(time)
    line.append(ByteString(" [\(level.name)] \(getpid())#\(linux_thread()): "))
    if let connection { line.append(ByteString("*\(connection) ")) }
    line.append(message)
    line.append(ASCII.lineFeed)
    for log in self where toAll || log.level >= level {
      if let syslog = log.syslog {
        syslog.write(line, level: level)
      } else {
        log.target.write(line)
      }
    }
  }
}
