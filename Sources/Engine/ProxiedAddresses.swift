package import Sockets

/// What the PROXY protocol tells of the connection to a proxy in front of the program.
///
/// An object, since connections have room for it that mostly have none.
package final class ProxiedAddresses: Sendable, Equatable {
  /// The client's address.
  package let source: SocketAddress

  /// The address of the proxy that the client reached.
  package let destination: SocketAddress

  /// What it tells besides; version 1 of the protocol cannot.
  package let values: ProxyProtocolValues?

  package init(
    source: SocketAddress, destination: SocketAddress, values: ProxyProtocolValues? = nil
  ) {
    self.source = source
    self.destination = destination
    self.values = values
  }

  package static func == (left: ProxiedAddresses, right: ProxiedAddresses) -> Bool {
    left.source == right.source && left.destination == right.destination
      && left.values == right.values
  }
}
