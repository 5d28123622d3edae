package import Bytes
import CLinux
import Config
import Sockets
import Synchronization

/// A syslog server that log lines go to, shared by all loops (RFC 3164).
///
/// The socket is made with the first line, and anew after a failure; a line that cannot be sent is
/// lost.
package final class SyslogTarget: Sendable {
  private let server: SocketAddress
  private let facility: Int
  private let severity: Int
  private let tag: ByteString
  private let namesHost: Bool
  private let descriptor = Mutex<CInt>(-1)

  /// The facilities in the order of their numbers.
  private static let facilities: [ByteString] = [
    "kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock",
    "authpriv", "ftp", "ntp", "audit", "alert", "cron", "local0", "local1", "local2", "local3",
    "local4", "local5", "local6", "local7",
  ]

  /// The severities in the order of their numbers.
  private static let severities: [ByteString] = [
    "emerg", "alert", "crit", "error", "warn", "notice", "info", "debug",
  ]

  /// Reads `syslog:server=address[,parameter=value ...]`.
  ///
  /// - Throws: nginx's own sentence.
  init(
    _ word: Word, of statement: Statement, _ hosts: any HostReader
  ) throws(Diagnostic) {
    var server: SocketAddress?
    var (facility, severity, tag, namesHost) = (23, 6, "nginx" as ByteString, true)
    func refuse(_ message: String) -> Diagnostic {
      .custom(message, at: statement, word: word)
    }
    for parameter in word.text.dropFirst("syslog:".utf8.count).split(on: UInt8(ascii: ",")) {
      switch parameter.splitAtEquals {
      case ("server", let value?):
        guard server == nil else { throw refuse("duplicate syslog \"server\"") }
        server = try SyslogTarget.address(value, word, statement, hosts)
      case ("facility", let value?):
        guard let number = SyslogTarget.facilities.firstIndex(of: value) else {
          throw refuse("unknown syslog facility \"\(value)\"")
        }
        facility = number
      case ("severity", let value?):
        guard let number = SyslogTarget.severities.firstIndex(of: value) else {
          throw refuse("unknown syslog severity \"\(value)\"")
        }
        severity = number
      case ("tag", let value?):
        guard value.count <= 32 else { throw refuse("syslog tag length exceeds 32") }
        let isAllowed = value.bytes.allSatisfy {
          ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_")
        }
        guard isAllowed else {
          throw refuse(
            "syslog \"tag\" only allows alphanumeric characters and underscore")
        }
        tag = value
      case ("nohostname", nil): namesHost = false
      default: throw refuse("unknown syslog parameter \"\(parameter)\"")
      }
    }
    guard let server else { throw refuse("no syslog server specified") }
    self.server = server
    (self.facility, self.severity, self.tag, self.namesHost) = (facility, severity, tag, namesHost)
  }

  deinit {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
    }
  }

  private static func address(
    _ text: ByteString, _ word: Word, _ statement: Statement, _ hosts: any HostReader
  ) throws(Diagnostic) -> SocketAddress {
    let named = Word(text: text, place: word.place)
    let found = try HostLookup.addresses(
      of: named, defaultPort: 514, in: "syslog server \"\(text)\"", statement, hosts)
    return found[0]
  }

  /// Sends a line; the line feed at its end is left out.
  ///
  /// - Parameter level: How serious the line is; nil takes what the configuration says.
  package func write(_ line: ByteBuffer, level: LogLevel? = nil) {
    let severity = level.map { $0.rawValue - 1 } ?? severity
    let message = ByteBuffer(capacity: line.count + 96)
    message.append(ByteString("<\(facility * 8 + severity)>\(SyslogTarget.time) "))
    if namesHost {
      message.append(SyslogTarget.hostName)
      message.append(ASCII.space)
    }
    message.append(tag)
    message.append(": ")
    let hasLineFeed = !line.isEmpty && line[line.count - 1] == ASCII.lineFeed
    message.append(line, in: 0..<line.count - (hasLineFeed ? 1 : 0))
    send(message)
  }

  private func send(_ message: ByteBuffer) {
    descriptor.withLock { descriptor in
      if descriptor < 0 { descriptor = linux_datagram_socket(server.family) }
      guard descriptor >= 0 else { return }
      let count = server.withStorage { storage, length in
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
