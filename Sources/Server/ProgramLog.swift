import Bytes
import CLinux
import Engine
import Sockets
import Synchronization

/// Where the program speaks about itself: the error logs and, until it serves, standard error.
final class ProgramLog: @unchecked Sendable {
  // Unchecked: ``usesStandardError`` changes before other threads are started.

  /// The name that the program was invoked by, which begins lines on standard error.
  let program: String

  /// Whether warnings and worse are also written to standard error.
  var usesStandardError = true

  private let currentLogs = Mutex<[ErrorLog]>([])

  /// The logs of the main level.
  var logs: [ErrorLog] {
    get { currentLogs.withLock { $0 } }
    set { currentLogs.withLock { $0 = newValue } }
  }

  init(program: String) { self.program = program }

  /// Writes a line.
  func write(_ level: LogLevel, _ message: String) {
    logs.write(level, time: WallClock().errorLogTime, connection: nil, ByteString(message))
    let isThere = logs.contains { $0.target.path == nil && $0.level >= level }
    guard usesStandardError, level <= .warn, !isThere else { return }
    say("[\(level.name)] \(message)")
  }

  /// Writes a line to the logs alone.
  func record(_ level: LogLevel, _ message: String) {
    let files = logs.filter { $0.target.path != nil }
    files.write(level, time: WallClock().errorLogTime, connection: nil, ByteString(message))
  }

  /// Writes a line to standard error alone.
  func say(_ message: String) { StandardStream.error.write("\(program): \(message)\n") }
}

/// Standard output or standard error.
enum StandardStream: CInt {
  case output = 1
  case error = 2

  /// Writes a text whole, as far as there is a reader.
  func write(_ text: String) { write(ByteString(text)) }

  /// Writes bytes whole, as far as there is a reader.
  func write(_ bytes: ByteString) {
    bytes.bytes.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let count = CLinux.write(rawValue, rest.baseAddress, rest.count)
        if count < 0, linux_errno() == EINTR { continue }
        guard count > 0 else { return }
        start += count
      }
    }
  }
}
