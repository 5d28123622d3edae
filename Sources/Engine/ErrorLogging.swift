import Bytes
import Sockets
import Wire

/// Lines of the error log that concern a client, with what nginx adds to them.
extension Exchange {
  /// Writes a line with the client, the server and the request behind the message.
  ///
  /// - Parameter upstream: The upstream server concerned, as nginx shows it: `http://…/path`.
  package func logError(
    _ level: LogLevel, _ message: @autoclosure () -> String, upstream: String? = nil
  ) {
    guard settings.core.errorLogs.wants(level) else { return }
    writeError(level, message(), upstream: upstream)
  }

  /// - Parameter toAll: Whether even logs get the line that want only worse ones.
  func writeError(
    _ level: LogLevel, _ message: String, upstream: String? = nil, toAll: Bool = false
  ) {
    var line = ByteString(message)
    line.append(connection.logContext)
    line.append(ByteString(", server: \(server.name)"))
    line.append(", request: \"")
    line.append(request.buffer.bytes(in: request.requestLine.range))
    line.append("\"")
    if let upstream { line.append(ByteString(", upstream: \"\(upstream)\"")) }
    if let host = request.fields.value(of: .host) {
      line.append(", host: \"")
      line.append(host)
      line.append("\"")
    }
    if let referer = request.fields.value(of: .referer) {
      line.append(", referrer: \"")
      line.append(referer)
      line.append("\"")
    }
    settings.core.errorLogs.write(
      level, time: loop.clock.errorLogTime, connection: connection.number, line, toAll: toAll)
  }
}

extension ClientConnection {
  /// What a line about the connection ends with.
  var logContext: ByteString {
    ByteString(", client: \(peerText)")
  }

  /// Writes a line about the connection before any request is known.
  package func logError(_ level: LogLevel, _ message: @autoclosure () -> String) {
    let logs = listener.servers.defaultServer.settings.core.errorLogs
    guard logs.wants(level) else { return }
    let line =
      ByteString(message()) + logContext
      + ByteString(", server: \(listener.address.text)")
    logs.write(level, time: loop.clock.errorLogTime, connection: number, line)
  }
}
