import Bytes
import Config
import Sockets

/// Reads a `server` directive of an `upstream` block.
struct UpstreamServerParser {
  let statement: Statement
  let method: UpstreamMethod

  /// Whether clients may stay with a server; those of `stream` have nothing to be known by.
  private let isForHTTP: Bool
  private(set) var server: UpstreamServer

  init(_ statement: Statement, method: UpstreamMethod, isForHTTP: Bool = true) {
    self.isForHTTP = isForHTTP
    self.statement = statement
    self.method = method
    server = UpstreamServer(text: statement.arguments[0].text)
  }

  /// - Throws: nginx's `invalid parameter` and its kin.
  mutating func readParameters() throws(Diagnostic) {
    for word in statement.arguments.dropFirst() { try read(word) }
  }

  private mutating func read(_ word: Word) throws(Diagnostic) {
    let (name, value) = word.text.splitAtEquals
    switch (name, value) {
    case ("weight", let value?): server.weight = try number(value, word, least: 1)
    case ("max_conns", let value?): server.maxConnections = try number(value, word)
    case ("max_fails", let value?): server.maxFails = try number(value, word)
    case ("fail_timeout", let value?):
      guard let seconds = Units.seconds(value) else { throw invalid(word) }
      server.failTimeout = seconds
    case ("backup", nil):
      guard method.allowsBackup else {
        throw .custom(
          "balancing method does not support parameter \"\(word.text)\"", at: statement,
          word: word)
      }
      server.isBackup = true
    case ("down", nil): server.isDown = true
    case ("drain", nil) where isForHTTP: (server.isDown, server.isDraining) = (true, true)
    case ("route", let value?) where isForHTTP: server.route = try route(value, word)
    case ("resolve", nil), ("service", _?), ("slow_start", _?):
      throw .unsupported("parameter \"\(word.text)\"", at: statement, word: word)
    default: throw invalid(word)
    }
  }

  private func route(_ value: ByteString, _ word: Word) throws(Diagnostic) -> ByteString {
    if value.isEmpty { throw .custom("route is empty", at: statement, word: word) }
    if value.count > 32 { throw .custom("route is longer than 32", at: statement, word: word) }
    return value
  }

  private func number(
    _ value: ByteString, _ word: Word, least: Int = 0
  ) throws(Diagnostic) -> Int {
    guard let number = value.decimalNumber, number >= least else { throw invalid(word) }
    return number
  }

  private func invalid(_ word: Word) -> Diagnostic { .invalidParameter(word, of: statement) }

  /// The server with its addresses; a name may have several, or none now.
  ///
  /// - Parameter defaultPort: The port of a server that names none; 0 where it must name one.
  func server(
    _ level: Level, defaultPort: UInt16
  ) throws(Diagnostic) -> UpstreamServerAddresses {
    let word = statement.arguments[0]
    let parsed: UpstreamAddress
    do throws(UpstreamAddress.Problem) {
      parsed = try UpstreamAddress(word.text, defaultPort: defaultPort)
    } catch {
      throw .custom("\(error.message) in upstream \"\(word.text)\"", at: statement, word: word)
    }
    guard parsed.port ?? defaultPort > 0 || parsed.address?.isUnix ?? false else {
      throw .custom("no port in upstream \"\(word.text)\"", at: statement, word: word)
    }
    if let address = parsed.address {
      return UpstreamServerAddresses(server: server, addresses: [address])
    }
    let port = parsed.port ?? defaultPort
    var found = UpstreamServerAddresses(
      server: server,
      addresses: level.load.addresses(
        of: parsed.host, port: port, in: level.upstreamGroups, at: statement, word))
    if found.addresses.isEmpty { (found.host, found.port) = (parsed.host, port) }
    return found
  }
}
