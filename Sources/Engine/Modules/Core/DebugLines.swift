import Bytes
import Config
import Sockets

/// Tells of each request, in the error logs, which location answered it and how.
///
/// That is what the level `debug` adds; `debug_connection` tells it of some clients only.
struct DebugLines: LogStep {
  private let clients: AddressSet
  private let wantsAll: Bool

  /// nil where no log wants such lines.
  init?(_ logs: [ErrorLog], _ load: Load) {
    clients = load.debuggedClients
    wantsAll = logs.wants(.debug)
    guard wantsAll || !clients.isEmpty else { return nil }
  }

  func record(_ exchange: Exchange) {
    let isDebugged =
      !clients.isEmpty && clients.contains(exchange.connection.peerAddress.host)
    guard wantsAll || isDebugged else { return }
    let location = exchange.location
    let name = location.name.isEmpty ? "the server itself" : "location \"\(location.name)\""
    exchange.writeError(
      .debug,
      "path \"\(exchange.path)\" was answered by \(name) with \(exchange.response.status): "
        + "\(exchange.sentByteCount) bytes in \(exchange.loop.now - exchange.startTime) ms",
      toAll: isDebugged)
  }

  /// Reads `debug_connection`.
  @Sendable static func readConnection(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let word = statement.arguments[0]
    if word.text == "unix:" {
      level.load.debuggedClients.hasUnix = true
    } else if let network = CIDR(word.text) {
      level.load.debuggedClients.networks.append(network)
    } else {
      let found = level.load.options.hosts.addresses(of: word.text)
      guard !found.isEmpty else {
        throw .custom(
          "host not found in debug_connection \"\(word.text)\"", at: statement, word: word)
      }
      level.load.debuggedClients.networks += found.compactMap { CIDR($0.hostText) }
    }
  }
}
