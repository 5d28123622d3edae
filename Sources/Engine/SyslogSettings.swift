package import Bytes
import Config
package import Sockets

/// Where a syslog server is and what it is told of a line (RFC 3164).
package struct SyslogSettings: Equatable, Sendable {
  package let server: SocketAddress
  package let facility: Int
  package let severity: Int
  package let tag: ByteString
  package let namesHost: Bool

  package init(
    server: SocketAddress, facility: Int, severity: Int, tag: ByteString, namesHost: Bool
  ) {
    self.server = server
    (self.facility, self.severity) = (facility, severity)
    (self.tag, self.namesHost) = (tag, namesHost)
  }

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
        server = try SyslogSettings.address(value, word, statement, hosts)
      case ("facility", let value?):
        guard let number = SyslogSettings.facilities.firstIndex(of: value) else {
          throw refuse("unknown syslog facility \"\(value)\"")
        }
        facility = number
      case ("severity", let value?):
        guard let number = SyslogSettings.severities.firstIndex(of: value) else {
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
    self.init(
      server: server, facility: facility, severity: severity, tag: tag, namesHost: namesHost)
  }

  private static func address(
    _ text: ByteString, _ word: Word, _ statement: Statement, _ hosts: any HostReader
  ) throws(Diagnostic) -> SocketAddress {
    let named = Word(text: text, place: word.place)
    let found = try HostLookup.addresses(
      of: named, defaultPort: 514, in: "syslog server \"\(text)\"", statement, hosts)
    return found[0]
  }
}
