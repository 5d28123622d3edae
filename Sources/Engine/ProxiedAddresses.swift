package import Sockets

/// What the PROXY protocol tells of the connection to a proxy in front of the program.
package struct ProxiedAddresses: Sendable, Equatable {
  /// The client's address.
  package let source: SocketAddress

  /// The address of the proxy that the client reached.
  package let destination: SocketAddress

  /// What it tells besides; version 1 of the protocol cannot.
  package var values: ProxyProtocolValues?
}
