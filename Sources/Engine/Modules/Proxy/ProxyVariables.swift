import Bytes
import Sockets
import Wire

extension Variable {
  /// Variables of `ngx_http_proxy_module`.
  static let ofProxy: [Variable] = [
    Variable("proxy_host", "The authority of proxy_pass: its host, and its port if written.") {
      $0.proxyTarget?.authority
    }.changeable(),
    Variable("proxy_port", "The port of proxy_pass, or the one that belongs to its protocol.") {
      exchange in
      (exchange.proxyTarget?.authority).flatMap { HostAndPort($0, defaultPort: 80) }
        .map { ByteString(decimal: $0.port) }
    }.changeable(),
    Variable(
      writing: "proxy_add_x_forwarded_for",
      "X-Forwarded-For of the request with the client's address behind it."
    ) { exchange, output in
      let hasEarlier = exchange.request.fields.appendJoinedValues(
        of: .xForwardedFor, separator: ", ", to: output)
      if hasEarlier { output.append(", ") }
      exchange.connection.appendPeerText(to: output)
      return true
    },
  ]
}
