import Bytes
import Sockets

/// The handshake of TLS on a client's connection.
enum TLSHandshake {
  /// - Returns: false where the connection is of no use; the reason is logged.
  static func run(on connection: ClientConnection) async -> Bool {
    let timeout = connection.settings.core.clientHeaderTimeout.milliseconds
    let deadline = connection.loop.deadline(after: Milliseconds(timeout))
    guard let bytes = await firstBytes(of: connection, until: deadline) else { return false }
    // nginx: the record of a handshake, or SSL 2's; anything else is plain HTTP.
    guard bytes[0] == 0x16 || bytes[0] >= 0x80 else {
      connection.input = bytes
      return true
    }
    return await shakeHands(connection, bytes, until: deadline)
  }

  /// More than the first message of a client has.
  private static let firstRoom = 4_096

  /// Reads what the client says first; nil where the connection is of no use.
  ///
  /// Who says nothing holds no buffer.
  private static func firstBytes(
    of connection: ClientConnection, until deadline: Milliseconds
  ) async -> ByteBuffer? {
    while true {
      let buffer = connection.takeBuffer(firstRoom)
      let outcome = connection.stream.read(into: buffer)
      if case .bytes = outcome { return buffer }
      connection.giveBuffer(buffer)
      switch outcome {
      case .bytes, .wouldBlock:
        guard await isReady(connection, until: deadline) else { return nil }
      case .end:
        connection.logError(.info, "client closed connection while SSL handshaking")
        return nil
      case .failed(let code):
        let error = SystemError(call: "recv", code: code)
        connection.logError(.info, "\(error) while SSL handshaking")
        return nil
      }
    }
  }

  private static func shakeHands(
    _ connection: ClientConnection, _ received: ByteBuffer, until deadline: Milliseconds
  ) async -> Bool {
    guard let tls = connection.listener.servers.defaultServer.tls else { return false }
    do throws(StreamError) {
      try connection.stream.startTLS(tls.context(for: connection.loop), received: received)
    } catch {
      connection.logError(.alert, "\(error) while SSL handshaking")
      return false
    }
    guard let session = connection.stream.tls else { return false }
    let chooser = tls.chooser(for: connection.loop)
    while true {
      switch chooser.attempt(session, for: connection) {
      case .done: return true
      case .closed:
        connection.logError(
          .info, "peer closed connection in SSL handshake while SSL handshaking")
        return false
      case .failed(let text):
        connection.logError(.info, "\(text) while SSL handshaking")
        return false
      case .wouldBlock:
        guard await isReady(connection, until: deadline) else { return false }
      }
    }
  }

  private static func isReady(
    _ connection: ClientConnection, until deadline: Milliseconds
  ) async -> Bool {
    switch await connection.waiter.wait(until: deadline) {
    case .ready: return true
    case .timedOut:
      connection.logError(
        .info, "client timed out (110: Connection timed out) while SSL handshaking")
      return false
    case .interrupted: return false
    }
  }
}

/// What TLS demands of every request.
enum TLSRules {
  /// - Returns: Why a request at an address for TLS is refused; nil where nothing is wrong.
  static func failure(of exchange: Exchange) -> Failure? {
    let connection = exchange.connection
    guard let session = connection.stream.tls else {
      exchange.logError(.info, "client sent plain HTTP request to HTTPS port")
      return .status(497)
    }
    // A server without a certificate of its own may still demand one of its clients.
    let verification = exchange.server.location.settings.ssl.verification
    guard verification != .off else { return nil }
    if let named = connection.namedServer, named !== exchange.server {
      exchange.logError(
        .info,
        "client attempted to request the server name different from the one that was "
          + "negotiated")
      return .status(421)
    }
    return failure(of: session, verification, exchange)
  }

  private static func failure(
    of session: TLSSession, _ verification: ClientVerification, _ exchange: Exchange
  ) -> Failure? {
    let (code, text) = session.verifyResult
    if code != 0, verification != .optionalWithoutCA || !session.isVerdictAboutTrust {
      exchange.logError(.info, "client SSL certificate verify error: (\(code):\(text))")
      return .status(495)
    }
    if verification == .on, !session.hasPeerCertificate {
      exchange.logError(.info, "client sent no required SSL certificate")
      return .status(496)
    }
    return nil
  }
}
