import Bytes
import Sockets

/// Addresses that a configuration trusts.
struct AddressSet: Sendable {
  var networks: [CIDR] = []

  /// Whether clients of Unix sockets belong to the set.
  var hasUnix = false

  var isEmpty: Bool { networks.isEmpty && !hasUnix }

  func contains(_ host: SocketAddress.Host) -> Bool {
    if case .unix = host { return hasUnix }
    let host = host.mappedV4 ?? host
    return networks.contains { $0.contains(host) }
  }
}

extension AddressSet {
  /// The address that a list names behind trusted ones: its last, or with recursion the last that
  /// is not trusted; nil where the peer itself is not trusted.
  func address(
    behind peer: SocketAddress, _ lines: [ByteString], isRecursive: Bool
  ) -> SocketAddress? {
    guard contains(peer.host) else { return nil }
    var found: SocketAddress?
    for member in lines.flatMap({ $0.split(on: UInt8(ascii: ",")) }).reversed() {
      let text = member.trimmed
      if text.isEmpty { continue }
      guard
        let address = SocketAddress(hostText: text, port: 0)
          ?? SocketAddress(text, defaultPort: 0)
      else { return found }
      found = address
      if !isRecursive || !contains(address.host) { return address }
    }
    return found
  }
}
