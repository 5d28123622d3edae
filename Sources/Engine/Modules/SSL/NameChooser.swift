import Bytes
import Sockets
import Wire

/// Chooses the server by the name in a TLS handshake, before a certificate is sent.
///
/// The TLS library calls back in the middle of an attempt to shake hands, so the connection that
/// the attempt is for is noted here. Confined to one loop, as the unchecked conformance relies on.
final class NameChooser: @unchecked Sendable {
  private unowned let context: TLSContext
  private var connection: ClientConnection?

  init(_ context: TLSContext) {
    self.context = context
    context.nameChooser = { [unowned self] in choose($0) }
  }

  /// Goes on with the handshake of a connection as far as its socket lets it.
  func attempt(_ session: TLSSession, for connection: ClientConnection)
    -> TLSSession.HandshakeOutcome
  {
    self.connection = connection
    defer { self.connection = nil }
    return session.handshake()
  }

  /// - Parameter name: Empty where the client sends none.
  /// - Returns: nil where the server refuses handshakes.
  private func choose(_ name: ByteString) -> TLSContext? {
    guard let connection else { return context }
    var server = connection.listener.servers.defaultServer
    if let named = self.server(named: name) {
      server = named
      connection.namedServer = server
    }
    guard let tls = server.tls else {
      let server = connection.listener.servers.defaultServer
      guard let own = server.tls?.ownCertificates else { return context }
      return own.context(for: connection, of: server)
    }
    if tls.rejectsHandshake { return nil }
    guard let own = tls.ownCertificates else { return tls.context(for: connection.loop) }
    return own.context(for: connection, of: server)
  }

  /// - Returns: nil where the name is none of a host.
  private func server(named name: ByteString) -> Server? {
    guard let connection, let host = HostName(name) else { return nil }
    return connection.listener.servers.server(
      forHost: host.name, memory: connection.servingLoop.matchMemory, exchange: nil
    ).object
  }
}
