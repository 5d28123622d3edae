import Bytes
import Sockets
import Wire

extension Variable {
  /// Facts about the connection's TLS; none of them has a value without it.
  static let ofSSL: [Variable] = (session + client).map { $0.changeable() }

  private static let session: [Variable] = [
    fact("ssl_protocol", "The version of TLS in use, such as `TLSv1.3`.") { $0.protocolName },
    fact("ssl_cipher", "The cipher in use.") { $0.cipher },
    fact("ssl_ciphers", "The ciphers that the client supports, with colons between them.") {
      $0.offeredCiphers
    },
    fact("ssl_curve", "The curve of the key exchange.") { $0.curve },
    fact("ssl_curves", "The curves that the client offers, with colons between them.") {
      $0.offeredCurves
    },
    fact("ssl_session_id", "The identifier of the session, in hexadecimal.") { $0.sessionID },
    fact("ssl_session_reused", "`r` where an earlier session was resumed, `.` otherwise.") {
      $0.isReused ? "r" : "."
    },
    fact("ssl_server_name", "The host name that the client asked for in the handshake.") {
      $0.serverName
    },
    fact("ssl_alpn_protocol", "The protocol that the handshake chose by ALPN.") { $0.alpn },
    Variable("ssl_early_data", "Has never a value, as early data is refused.") { _ in nil },
  ]

  private static let client: [Variable] = [
    fact("ssl_client_verify", "`SUCCESS`, `FAILED:reason`, or `NONE` without a certificate.") {
      $0.clientVerdict
    },
    fact(
      "ssl_client_cert", "The client's certificate in PEM, its further lines begun with a tab."
    ) { $0.peerPEM.withoutLastLineEnd.indented },
    fact("ssl_client_raw_cert", "The client's certificate in PEM.") { $0.peerPEM },
    fact("ssl_client_escaped_cert", "The client's certificate in PEM, escaped as in a URI.") {
      PercentEncoding.encode($0.peerPEM, escaping: .uriComponent)
    },
    fact("ssl_client_s_dn", "The subject of the client's certificate (RFC 2253).") {
      $0.peerSubject
    },
    fact("ssl_client_i_dn", "The issuer of the client's certificate (RFC 2253).") {
      $0.peerIssuer
    },
    fact("ssl_client_s_dn_legacy", "The subject in the form `/C=…/CN=…`.") {
      $0.peerSubjectOneLine
    },
    fact("ssl_client_i_dn_legacy", "The issuer in the form `/C=…/CN=…`.") {
      $0.peerIssuerOneLine
    },
    fact("ssl_client_serial", "The serial number of the client's certificate.") { $0.peerSerial },
    fact("ssl_client_fingerprint", "The SHA-1 fingerprint of the client's certificate.") {
      $0.peerFingerprint
    },
    fact("ssl_client_v_start", "When the client's certificate becomes valid.") {
      $0.peerNotBefore
    },
    fact("ssl_client_v_end", "When the client's certificate expires.") { $0.peerNotAfter },
    fact("ssl_client_v_remain", "The days until the client's certificate expires.") {
      $0.peerDaysLeft.map { ByteString(decimal: $0) } ?? ByteString()
    },
  ]

  /// A variable about the session; an empty text is no value.
  private static func fact(
    _ name: String, _ summary: String, _ text: @escaping @Sendable (TLSSession) -> ByteString
  ) -> Variable {
    Variable(name, summary) { exchange in
      guard let session = exchange.connection.stream.tls else { return nil }
      let text = text(session)
      return text.isEmpty ? nil : text
    }
  }
}

extension ByteString {
  fileprivate var withoutLastLineEnd: ByteString {
    bytes.last == ASCII.lineFeed ? self[0..<count - 1] : self
  }

  /// The text with a tab behind every line feed, so that it can be the value of a field.
  fileprivate var indented: ByteString {
    ByteString(bytes.flatMap { $0 == ASCII.lineFeed ? [$0, ASCII.tab] : [$0] })
  }
}
