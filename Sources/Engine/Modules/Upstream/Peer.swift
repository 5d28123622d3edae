import Bytes
import Sockets

/// One address that requests can be passed to, with the limits of its `server` directive.
final class Peer: Sendable {
  /// How `$upstream_addr` shows it: `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`.
  let name: ByteString

  let address: SocketAddress

  /// The text of the `server` directive, which several addresses of one name share.
  let serverText: ByteString

  /// The share of requests; at least 1.
  let weight: Int

  /// How many failures within ``failTimeout`` disable the peer; 0 never disables it.
  let maxFails: Int

  /// In seconds: both the span that failures are counted in and the span of the disablement.
  let failTimeout: Int

  /// The most requests at a time, over all loops; 0 for no limit.
  let maxConnections: Int

  /// Whether the peer gets requests only when no other one can.
  let isBackup: Bool

  /// Whether the peer never gets a request.
  let isDown: Bool

  /// Whether a peer that is down serves on those who want no other; see ``StickySessions``.
  let isDraining: Bool

  /// The identifier that `sticky` knows the peer by; empty for one of its own.
  let route: ByteString

  /// The place in ``Upstream/peers``.
  let index: Int

  init(_ server: UpstreamServer, address: SocketAddress, index: Int) {
    name = address.text
    self.address = address
    serverText = server.text
    weight = server.weight
    maxFails = server.maxFails
    failTimeout = server.failTimeout
    maxConnections = server.maxConnections
    isBackup = server.isBackup
    isDown = server.isDown
    isDraining = server.isDraining
    route = server.route
    self.index = index
  }
}

/// What one `server` directive of an `upstream` block says.
struct UpstreamServer: Sendable {
  /// The address or the name as it was written.
  var text: ByteString
  var weight = 1
  var maxFails = 1

  /// In seconds.
  var failTimeout = 10
  var maxConnections = 0
  var isBackup = false
  var isDown = false
  var isDraining = false
  var route = ByteString()

  init(text: ByteString) { self.text = text }
}
