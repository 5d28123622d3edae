import Bytes
package import Config
package import Sockets

/// The settings of `ngx_http_ssl_module`; initial values are the directives' defaults.
package struct SSLSettings: Sendable {
  package var certificates: [CertificateName] = []
  package var certificateKeys: [CertificateName] = []
  package var passwordFile: NamedFile?
  package var protocols: TLSSettings.Protocols = [.tls12, .tls13]
  package var ciphers = PlacedText("HIGH:!aNULL:!MD5")
  package var prefersServerCiphers = false
  package var sessionCache = TLSSettings.SessionCache.none
  package var sessionTimeout = TimeSpan.seconds(300)
  package var usesTickets = true
  package var ticketKeyFiles: [NamedFile] = []
  package var dhParameters: NamedFile?
  package var curves = PlacedText("auto")
  package var commands: [SSLCommand] = []
  package var verification = ClientVerification.off
  package var verifyDepth = 1
  package var clientCertificates: NamedFile?
  package var trustedCertificates: NamedFile?
  package var revocations: NamedFile?
  package var rejectsHandshake = false

  /// Whether the obsolete `ssl on` turns every address of a server into one for TLS.
  package var isOnEverywhere: Bool { obsoleteSwitch != nil }

  /// The `ssl on` that does so.
  package var obsoleteSwitch: Statement?

  package init() {}
}

/// nginx's `ssl_verify_client`.
package enum ClientVerification: String, Keyword {
  case off, on, optional
  case optionalWithoutCA = "optional_no_ca"

  var ofTLS: TLSSettings.Verification {
    switch self {
    case .off: .off
    case .on: .on
    case .optional: .optional
    case .optionalWithoutCA: .optionalWithoutCA
    }
  }
}
