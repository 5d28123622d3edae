import Bytes
import Config

extension UpstreamTLSSettings {
  private static let everywhere: Contexts = [.http, .server, .location]

  /// The rows of `proxy_ssl_…`.
  static let directives: [Directive] = [
    Directive(
      "proxy_ssl_certificate", .certificateName, sets: .proxy.tls.certificate,
      in: everywhere, "The certificate that upstream servers are shown."),
    Directive(
      "proxy_ssl_certificate_key", .certificateName, sets: .proxy.tls.key,
      in: everywhere, "The key of that certificate."),
    Directive(
      "proxy_ssl_password_file", .optionalNamedFile, sets: .proxy.tls.passwordFile,
      in: everywhere, "The file with passphrases of the key, one on each line."),
    Directive(
      "proxy_ssl_trusted_certificate", .optionalNamedFile,
      sets: .proxy.tls.trustedCertificate, in: everywhere,
      "The authorities that may have signed the certificates of upstream servers."),
    Directive(
      "proxy_ssl_crl", .optionalNamedFile, sets: .proxy.tls.revocations,
      in: everywhere, "The certificates that have been revoked."),
    Directive(
      "proxy_ssl_protocols", .tlsProtocols, sets: .proxy.tls.protocols, in: everywhere,
      "The versions of TLS that upstream servers are offered."),
    Directive(
      "proxy_ssl_ciphers", .placed("ciphers"), sets: .proxy.tls.ciphers, in: everywhere,
      "The ciphers that upstream servers are offered."),
    Directive(
      "proxy_ssl_verify", .placedFlag, sets: .proxy.tls.verifies, in: everywhere,
      "Whether the certificate of an upstream server must be valid."),
    Directive(
      "proxy_ssl_verify_depth", .number, sets: .proxy.tls.verifyDepth, in: everywhere,
      "How long a chain of certificates may be."),
    Directive(
      "proxy_ssl_server_name", .flag, sets: .proxy.tls.sendsServerName, in: everywhere,
      "Whether upstream servers are told the name that is meant (SNI)."),
    Directive(
      "proxy_ssl_name", .template("name"), sets: .proxy.tls.name, in: everywhere,
      "The name that the certificate must have, in place of the one in proxy_pass."),
    Directive(
      "proxy_ssl_session_reuse", .flag, sets: .proxy.tls.reusesSessions, in: everywhere,
      "Whether sessions are resumed."),
    Directive(
      withoutEffect: "proxy_ssl_certificate_cache",
      .texts("off | max=N [inactive=time] [valid=time]"), in: everywhere,
      "Certificates that depend on the request are read for each connection."),
    Directive(
      "proxy_ssl_conf_command", .command, appendsTo: .proxy.tls.commands, in: everywhere,
      "A setting in OpenSSL's own words, see `ssl_conf_command`."),
  ]
}
