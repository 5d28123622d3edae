import Bytes
import Sockets

/// The handshake of TLS on a client's connection.
enum TLSHandshake {
  /// - Returns: false where the connection is of no use; the reason is logged.
  static func run(on connection: ClientConnection) async -> Bool { false }
}
