package import Bytes
import CLinux
import Config
import Sockets

/// Reads the arguments of `listen`.
struct ListenParser {
  private(set) var addresses: [SocketAddress] = []
  private(set) var options = ListenOptions()
  private(set) var isDefaultServer = false

  /// Whether a parameter was given that only one `listen` of an address may have.
  private(set) var hasSocketOptions = false

  /// Whether the directive stands in `stream`, where an address needs a port and connections carry
  /// no HTTP.
  private let isInStream: Bool

  private init(isInStream: Bool) { self.isInStream = isInStream }

  static func parse(
    _ statement: Statement, _ load: Load, isInStream: Bool = false
  ) throws(Diagnostic) -> ListenParser {
    var parser = ListenParser(isInStream: isInStream)
    let word = statement.arguments[0]
    if !isInStream, let known = load.listenAddresses[word.text] {
      parser.addresses = known
    } else {
      parser.addresses = try parser.addresses(word, of: statement, load.options.hosts)
      if !isInStream { load.listenAddresses[word.text] = parser.addresses }
    }
    for parameter in statement.arguments.dropFirst() {
      try parser.read(parameter, of: statement, load)
    }
    return parser
  }

  // MARK: - Addresses

  /// `port`, `*:port`, `address:port`, `[address]:port`, a host name, or `unix:path`; a port may be
  /// a range.
  private func addresses(
    _ word: Word, of statement: Statement, _ hosts: any HostReader
  ) throws(Diagnostic) -> [SocketAddress] {
    func refuse(_ problem: String) -> Diagnostic {
      .custom(
        "\(problem) in \"\(word.text)\" of the \"listen\" directive", at: statement, word: word)
    }
    let text = word.text
    if text.hasPrefix("unix:") { return try ListenParser.unixAddress(text, refuse) }
    let (host, ports) = try hostAndPorts(text, refuse)
    guard !host.isEmpty else { throw refuse("no host") }
    if let address = ListenParser.address(host) { return ports.map { address.with(port: $0) } }
    guard !host.hasPrefix("[") else { throw refuse("invalid IPv6 address") }
    let found = hosts.addresses(of: host)
    guard !found.isEmpty else { throw refuse("host not found") }
    var unique: [SocketAddress] = []
    for address in found where !unique.contains(address) { unique.append(address) }
    return unique.flatMap { address in ports.map { address.with(port: $0) } }
  }

  private static func unixAddress(
    _ text: ByteString, _ refuse: (String) -> Diagnostic
  ) throws(Diagnostic) -> [SocketAddress] {
    guard text.count > 5 else { throw refuse("no path in the unix domain socket") }
    guard let address = SocketAddress(text) else {
      throw refuse("too long path in the unix domain socket")
    }
    return [address]
  }

  private static func address(_ host: ByteString) -> SocketAddress? {
    if host == "*" { return SocketAddress(host: .v4(0), port: 0) }
    if host.hasPrefix("["), host.hasSuffix("]") {
      return SocketAddress(hostText: host[1..<host.count - 1], port: 0)
    }
    return host.firstIndex(of: UInt8(ascii: ":")) == nil
      ? SocketAddress(hostText: host, port: 0) : nil
  }

  private func hostAndPorts(
    _ text: ByteString, _ refuse: (String) -> Diagnostic
  ) throws(Diagnostic) -> (ByteString, ClosedRange<UInt16>) {
    let colon = UInt8(ascii: ":")
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: UInt8(ascii: "]")) else {
        throw refuse("invalid host")
      }
      let rest = text.dropFirst(end + 1)
      if rest.isEmpty { return (text, try defaultPorts(refuse)) }
      guard rest.first == colon else { throw refuse("invalid host") }
      return (text[0..<end + 1], try ListenParser.ports(rest.dropFirst(1), refuse))
    }
    guard !text.bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") })
    else { throw refuse("invalid host") }
    if let mark = text.firstIndex(of: colon) {
      return (text[0..<mark], try ListenParser.ports(text.dropFirst(mark + 1), refuse))
    }
    // A word of digits alone is a port on every IPv4 address.
    let isPort = text.bytes.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }
    if isPort, !text.isEmpty { return ("*", try ListenParser.ports(text, refuse)) }
    return (text, try defaultPorts(refuse))
  }

  private func defaultPorts(
    _ refuse: (String) -> Diagnostic
  ) throws(Diagnostic) -> ClosedRange<UInt16> {
    // nginx takes a port that nobody has chosen.
    if isInStream { throw refuse("no port") }
    return 80...80
  }

  private static func ports(
    _ text: ByteString, _ refuse: (String) -> Diagnostic
  ) throws(Diagnostic) -> ClosedRange<UInt16> {
    let parts = text.split(on: UInt8(ascii: "-"))
    let numbers = parts.map { UInt16(exactly: $0.decimalNumber ?? 0) ?? 0 }
    guard numbers.count <= 2, let first = numbers.first, let last = numbers.last,
      !numbers.contains(0)
    else { throw refuse("invalid port") }
    guard first <= last else { throw refuse("invalid port range") }
    return first...last
  }
}

extension SocketAddress {
  /// The same host with another port.
  fileprivate func with(port: UInt16) -> SocketAddress { SocketAddress(host: host, port: port) }
}

// MARK: - Parameters

extension ListenParser {
  private mutating func read(
    _ word: Word, of statement: Statement, _ load: Load
  ) throws(Diagnostic) {
    let (name, value) = word.text.splitAtEquals
    switch (name, value) {
    case ("default_server", nil), ("default", nil): isDefaultServer = true
    case ("ssl", nil) where !isInStream: options.isTLS = true
    case ("http2", nil) where !isInStream:
      options.isHTTP2 = true
      load.report(
        .custom(
          "the \"listen ... http2\" directive is deprecated, use the \"http2\" directive instead",
          at: statement, word: word, severity: .warning))
      load.reportMissingHTTP2(statement, word: word)
    case ("proxy_protocol", nil): options.hasProxyProtocol = true
    case ("quic", nil) where isInStream: throw .invalidParameter(word, of: statement)
    case ("udp", nil) where isInStream: throw unsupported(word, statement)
    case ("ssl", nil), ("quic", nil), ("multipath", nil): throw unsupported(word, statement)
    default:
      try readSocketOption(name, value, word, statement)
      hasSocketOptions = true
    }
  }

  private func unsupported(_ word: Word, _ statement: Statement) -> Diagnostic {
    let world = isInStream ? " of \"stream\"" : ""
    return .unsupported(
      "the \"\(word.text)\" parameter of \"listen\"\(world)", at: statement, word: word)
  }

  private mutating func readSocketOption(
    _ name: ByteString, _ value: ByteString?, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) {
    switch (name, value) {
    case ("reuseport", nil): options.isReuseport = true
    case ("deferred", nil): options.isDeferred = true
    case ("bind", nil): break
    case ("backlog", let value?):
      guard let number = value.decimalNumber, number > 0 else {
        throw invalid(name, word, statement)
      }
      options.backlog = number
    case ("fastopen", let value?):
      guard let number = value.decimalNumber else { throw invalid(name, word, statement) }
      options.fastOpenQueue = number
    case ("rcvbuf", let value?):
      guard let size = Units.size(value) else { throw invalid(name, word, statement) }
      options.receiveBufferSize = size
    case ("sndbuf", let value?):
      guard let size = Units.size(value) else { throw invalid(name, word, statement) }
      options.sendBufferSize = size
    case ("ipv6only", let value?) where value.hasPrefix("o"):
      guard let flag = value.onOrOff else {
        throw .custom("invalid ipv6only flags \"\(value)\"", at: statement, word: word)
      }
      options.isIPv6Only = flag
    case ("so_keepalive", let value?): try readKeepalive(value, word, statement)
    default: throw .invalidParameter(word, of: statement)
    }
  }

  private func invalid(_ name: ByteString, _ word: Word, _ statement: Statement) -> Diagnostic {
    .custom("invalid \(name) \"\(word.text)\"", at: statement, word: word)
  }

  /// `on`, `off`, or `[idle]:[interval]:[count]`.
  private mutating func readKeepalive(
    _ value: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) {
    if let flag = value.onOrOff {
      options.keepsAlive = flag
      return
    }
    let parts = value.split(on: UInt8(ascii: ":"))
    let numbers = parts.enumerated().map { index, part in
      part.isEmpty ? 0 : index < 2 ? Units.seconds(part) : part.decimalNumber
    }
    guard parts.count <= 3, !numbers.contains(nil), numbers.contains(where: { $0 != 0 }) else {
      throw .custom("invalid so_keepalive value: \"\(value)\"", at: statement, word: word)
    }
    options.keepsAlive = true
    let given = numbers.map { $0 == 0 ? nil : $0 } + [nil, nil]
    (options.keepAliveIdle, options.keepAliveInterval, options.keepAliveCount) =
      (given[0], given[1], given[2])
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
