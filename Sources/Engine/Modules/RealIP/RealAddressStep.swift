import Bytes
import Sockets
import Wire

/// Puts the address that a trusted proxy names in the place of the proxy's own.
struct RealAddressStep: EntryStep {
  private let settings: RealIPSettings

  /// nil where nobody is trusted.
  init?(_ settings: RealIPSettings) {
    guard !settings.trusted.isEmpty else { return nil }
    self.settings = settings
  }

  func enter(_ exchange: Exchange) {
    guard exchange.originalPeerAddress == nil, !exchange.isSubrequest,
      let address = address(for: exchange)
    else { return }
    let connection = exchange.connection
    let original = connection.peerAddress
    exchange.originalPeerAddress = original
    connection.peerAddress = address
    exchange.atEnd { connection.peerAddress = original }
  }

  private func address(for exchange: Exchange) -> SocketAddress? {
    let peer = exchange.connection.peerAddress
    switch settings.source {
    case .proxyProtocol:
      guard settings.trusted.contains(peer.host) else { return nil }
      return exchange.connection.proxiedAddresses?.source
    case .forwardedFor:
      let lines = exchange.request.fields.values(of: .xForwardedFor)
      return settings.trusted.address(behind: peer, lines, isRecursive: settings.isRecursive)
    case .field(let name):
      guard let value = exchange.request.fields.values(of: name).last else { return nil }
      return settings.trusted.address(behind: peer, [value], isRecursive: settings.isRecursive)
    }
  }
}
