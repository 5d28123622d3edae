import Bytes
import Config
import Sockets

/// `proxy_ssl_…`: how connections to upstream servers are encrypted.
struct UpstreamTLSSettings: Sendable {
  var certificate: ByteString?
  var key: ByteString?
  var trustedCertificate: ByteString?
  var protocols: TLSSettings.Protocols = [.tls12, .tls13]
  var ciphers: ByteString = "DEFAULT"
  var verifies = false
  var verifyDepth = 1
  var sendsServerName = false
  var name: Template?
  var reusesSessions = true
  var revocations: ByteString?
  var commands: [TLSCommand] = []

  private static let everywhere: Contexts = [.http, .server, .location]

  static let directives: [Directive] = [
    Directive(
      "proxy_ssl_certificate", .configurationPath("file"), sets: \.proxy.tls.certificate,
      in: everywhere, "The certificate that upstream servers are shown."),
    Directive(
      "proxy_ssl_certificate_key", .configurationPath("file"), sets: \.proxy.tls.key,
      in: everywhere, "The key of that certificate."),
    Directive(
      "proxy_ssl_trusted_certificate", .configurationPath("file"),
      sets: \.proxy.tls.trustedCertificate, in: everywhere,
      "The authorities that may have signed the certificates of upstream servers."),
    Directive(
      "proxy_ssl_crl", .configurationPath("file"), sets: \.proxy.tls.revocations,
      in: everywhere, "The certificates that have been revoked."),
    Directive(
      "proxy_ssl_protocols", .tlsProtocols, sets: \.proxy.tls.protocols, in: everywhere,
      "The versions of TLS that upstream servers are offered."),
    Directive(
      "proxy_ssl_ciphers", .text("ciphers"), sets: \.proxy.tls.ciphers, in: everywhere,
      "The ciphers that upstream servers are offered."),
    Directive(
      "proxy_ssl_verify", .flag, sets: \.proxy.tls.verifies, in: everywhere,
      "Whether the certificate of an upstream server must be valid."),
    Directive(
      "proxy_ssl_verify_depth", .number, sets: \.proxy.tls.verifyDepth, in: everywhere,
      "How long a chain of certificates may be."),
    Directive(
      "proxy_ssl_server_name", .flag, sets: \.proxy.tls.sendsServerName, in: everywhere,
      "Whether upstream servers are told the name that is meant (SNI)."),
    Directive(
      "proxy_ssl_name", .template("name"), sets: \.proxy.tls.name, in: everywhere,
      "The name that the certificate must have, in place of the one in proxy_pass."),
    Directive(
      "proxy_ssl_session_reuse", .flag, sets: \.proxy.tls.reusesSessions, in: everywhere,
      "Whether sessions are resumed."),
    Directive(
      "proxy_ssl_conf_command", .tlsCommand, appendsTo: \.proxy.tls.commands, in: everywhere,
      "A setting in OpenSSL's own words."),
  ]

  /// The same for OpenSSL.
  fileprivate var forOpenSSL: TLSSettings {
    var settings = TLSSettings()
    if let certificate, let key {
      settings.keyPairs = [
        .init(
          certificate: .init(name: certificate.string), key: .init(name: key.string))
      ]
    }
    settings.trustedCertificates = trustedCertificate.map { .init(name: $0.string) }
    settings.revocations = revocations.map { .init(name: $0.string) }
    settings.protocols = protocols
    settings.ciphers = ciphers.string
    settings.verification = verifies ? .on : .off
    settings.verifyDepth = verifyDepth
    settings.commands = commands.map { ($0.name.string, $0.value.string) }
    return settings
  }
}

/// A setting in OpenSSL's own words; see `ssl_conf_command`.
struct TLSCommand: Sendable {
  let name: ByteString
  let value: ByteString
}

/// The TLS of the connections that one location opens.
struct UpstreamTLS: Sendable {
  private let contexts: [TLSContext]
  private let settings: UpstreamTLSSettings

  /// - Parameter isNeeded: Whether the scheme is known to be `https`; otherwise problems with
  ///   files are found now all the same.
  init(_ settings: UpstreamTLSSettings, load: Load, isNeeded: Bool) throws(Diagnostic) {
    self.settings = settings
    if settings.verifies, settings.trustedCertificate == nil {
      throw .general("no proxy_ssl_trusted_certificate for proxy_ssl_verify")
    }
    do throws(TLSError) {
      contexts = try TLSContext.group(
        settings.forOpenSSL, side: .client, count: load.loopCount)
    } catch {
      throw .general(error.description)
    }
  }

  func context(for loop: EventLoop) -> TLSContext { contexts[loop.index % contexts.count] }

  /// The name for SNI; nil to send none.
  func serverName(for exchange: Exchange) -> ByteString? {
    guard settings.sendsServerName else { return nil }
    let name = name(for: exchange)
    // RFC 6066, section 3: an address is no name.
    return SocketAddress(name, defaultPort: 443) == nil ? name : nil
  }

  private func name(for exchange: Exchange) -> ByteString {
    var name = settings.name?.value(for: exchange) ?? ByteString()
    if name.isEmpty { name = exchange.proxyAuthority ?? ByteString() }
    return HostAndPort(name, defaultPort: 443)?.host ?? name
  }

  /// What is wrong with the peer's certificate; nil where it is not to be looked at or valid.
  func problem(with stream: ByteStream, _ exchange: Exchange) -> String? {
    guard settings.verifies, let tls = stream.tls else { return nil }
    let result = tls.verifyResult
    if result.code != 0 {
      return "upstream SSL certificate verify error: (\(result.code):\(result.text))"
    }
    let name = name(for: exchange)
    guard tls.peerCertificateMatches(name) else {
      return "upstream SSL certificate does not match \"\(name)\""
    }
    return nil
  }
}
