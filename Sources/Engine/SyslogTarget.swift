package import Bytes
import CLinux
import Sockets
import Synchronization

/// A syslog server that log lines go to, shared by all loops (RFC 3164).
///
/// The socket is made with the first line, and anew after a failure; a line that cannot be sent is
/// lost.
package final class SyslogTarget: HashableByIdentity, Sendable {
  /// Where the server is and what it is told.
  package let settings: SyslogSettings
  private let descriptor = Mutex<CInt>(-1)

  /// A server that nothing has been sent to.
  package init(_ settings: SyslogSettings) { self.settings = settings }

  deinit {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
    }
  }

  /// Sends a line; the line feed at its end is left out.
  ///
  /// - Parameter level: How serious the line is; nil takes what the configuration says.
  package func write(_ line: ByteBuffer, level: LogLevel? = nil) {
    let severity = level.map { $0.rawValue - 1 } ?? settings.severity
    let message = ByteBuffer(capacity: line.count + 96)
    message.append(ByteString("<\(settings.facility * 8 + severity)>\(SyslogTarget.time) "))
    if settings.namesHost {
      message.append(SyslogTarget.hostName)
      message.append(ASCII.space)
    }
    message.append(settings.tag)
    message.append(": ")
    let hasLineFeed = !line.isEmpty && line[line.count - 1] == ASCII.lineFeed
    message.append(line, in: 0..<line.count - (hasLineFeed ? 1 : 0))
    send(message)
  }

  private func send(_ message: ByteBuffer) {
    descriptor.withLock { descriptor in
      if descriptor < 0 { descriptor = linux_datagram_socket(settings.server.family) }
      guard descriptor >= 0 else { return }
      let count = settings.server.withStorage { storage, length in
        message.withReadableBytes {
          var storage = storage.pointee
          return linux_send_to(descriptor, $0.baseAddress, $0.count, &storage, length)
        }
      }
      guard count < 0, linux_errno() != EAGAIN else { return }
      close(descriptor)
      descriptor = -1
    }
  }

  private static let hostName: ByteString = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return ByteString(name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
  }()

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The local time as syslog writes it, `Nov  6 08:49:37`.
  private static var time: String {
    var now = time_t(linux_milliseconds(CLOCK_REALTIME) / 1000)
    var parts = tm()
    localtime_r(&now, &parts)
    func two(_ number: CInt, _ padding: String) -> String {
      number < 10 ? "\(padding)\(number)" : "\(number)"
    }
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { two($0, "0") }
    let day = two(parts.tm_mday, " ")
    return "\(months[Int(parts.tm_mon)]) \(day) \(clock.joined(separator: ":"))"
  }
}
