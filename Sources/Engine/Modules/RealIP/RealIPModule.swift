import Bytes
import Sockets

extension Module {
  /// Takes the client's address from what trusted proxies say.
  static let realIP: Module = {
    var module = Module("ngx_http_realip_module")
    module.directives = RealIPSettings.directives
    module.variables = [
      Variable("realip_remote_addr", "The client's address before another took its place.") {
        ($0.originalPeerAddress ?? $0.connection.peerAddress).hostText
      },
      Variable("realip_remote_port", "The client's port before another took its place.") {
        ByteString(decimal: ($0.originalPeerAddress ?? $0.connection.peerAddress).port)
      },
    ]
    module.entry = { RealAddressStep($0.realIP.value) }
    return module
  }()
}
