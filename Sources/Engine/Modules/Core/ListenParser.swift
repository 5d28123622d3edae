package import Bytes
import CLinux
import Config
import Sockets

/// Facts about the process that the meaning of a configuration depends on.
enum Process {
  static var isSuperuser: Bool { geteuid() == 0 }
}

/// Reads the arguments of `listen`.
struct ListenParser {
  private(set) var addresses: [SocketAddress] = []
  private(set) var options = ListenOptions()
  private(set) var isDefaultServer = false

  static func parse(_ statement: Statement) throws(Diagnostic) -> ListenParser {
    var parser = ListenParser()
    let word = statement.arguments[0]
    parser.addresses = try addresses(word, of: statement)
    for parameter in statement.arguments.dropFirst() {
      try parser.read(parameter, of: statement)
    }
    return parser
  }

  /// `port`, `*:port`, `address:port`, `[address]:port`, a host name, or `unix:path`.
  private static func addresses(
    _ word: Word, of statement: Statement
  ) throws(Diagnostic) -> [SocketAddress] {
    var text = word.text
    if let port = text.decimalNumber {
      guard (1...65535).contains(port) else { throw invalid("invalid port in", word, statement) }
      return [SocketAddress(host: .v4(0), port: UInt16(port))]
    }
    if text.hasPrefix("*:") { text = ByteString("0.0.0.0") + text.dropFirst(1) }
    if let address = SocketAddress(text, defaultPort: 80) { return [address] }
    guard HostAndPort(text, defaultPort: 80) != nil else {
      throw invalid("invalid port in", word, statement)
    }
    let found: [SocketAddress] = []
    guard !found.isEmpty else { throw invalid("host not found in", word, statement) }
    return found
  }

  private static func invalid(
    _ problem: String, _ word: Word, _ statement: Statement
  ) -> Diagnostic {
    .custom(
      "\(problem) \"\(word.text)\" of the \"listen\" directive", at: statement, word: word)
  }

  private mutating func read(_ word: Word, of statement: Statement) throws(Diagnostic) {
    let (name, value) = word.text.splitAtEquals
    switch (name, value) {
    case ("default_server", nil), ("default", nil): isDefaultServer = true
    case ("ssl", nil): options.isTLS = true
    case ("http2", nil), ("spdy", nil): options.isHTTP2 = true
    case ("proxy_protocol", nil): options.hasProxyProtocol = true
    case ("reuseport", nil): options.isReuseport = true
    case ("deferred", nil): options.isDeferred = true
    case ("bind", nil), ("quic", nil): break
    case ("backlog", let value?): options.backlog = try number(value, word, statement, name)
    case ("rcvbuf", let value?): options.receiveBufferSize = try size(value, word, statement, name)
    case ("sndbuf", let value?): options.sendBufferSize = try size(value, word, statement, name)
    case ("fastopen", let value?): _ = try number(value, word, statement, name)
    case ("setfib", let value?): _ = try number(value, word, statement, name)
    case ("accept_filter", _?): break
    case ("ipv6only", let value?): options.isIPv6Only = try flag(value, word, statement)
    case ("so_keepalive", let value?): options.keepsAlive = value != "off"
    default: throw .invalidParameter(word, of: statement)
    }
  }

  private func number(
    _ value: ByteString, _ word: Word, _ statement: Statement, _ name: ByteString
  ) throws(Diagnostic) -> Int {
    guard let number = value.decimalNumber, number > 0 else {
      throw .custom("invalid \(name) \"\(value)\"", at: statement, word: word)
    }
    return number
  }

  private func size(
    _ value: ByteString, _ word: Word, _ statement: Statement, _ name: ByteString
  ) throws(Diagnostic) -> Int {
    guard let size = Units.size(value) else {
      throw .custom("invalid \(name) \"\(value)\"", at: statement, word: word)
    }
    return size
  }

  private func flag(
    _ value: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> Bool {
    switch value {
    case "on": return true
    case "off": return false
    default:
      throw .custom("invalid ipv6only flags \"\(value)\"", at: statement, word: word)
    }
  }
}

extension ByteString {
  /// What stands before and after the first `=`; the latter is nil where there is none.
  package var splitAtEquals: (name: ByteString, value: ByteString?) {
    guard let mark = firstIndex(of: UInt8(ascii: "=")) else { return (self, nil) }
    return (self[0..<mark], dropFirst(mark + 1))
  }
}

/// A host name with a port, such as `example.com:8080`.
package struct HostAndPort {
  package let host: ByteString
  package let port: UInt16

  /// nil where the port is none.
  package init?(_ text: ByteString, defaultPort: UInt16) {
    guard let colon = text.bytes.lastIndex(of: UInt8(ascii: ":")) else {
      host = text
      port = defaultPort
      return
    }
    guard let number = text.dropFirst(colon + 1).decimalNumber, (1...65535).contains(number)
    else { return nil }
    host = text[0..<colon]
    port = UInt16(number)
  }
}
