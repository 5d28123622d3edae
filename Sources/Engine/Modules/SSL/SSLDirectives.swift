import Bytes
import Config
import Sockets

extension SSLSettings {
  private static let contexts: Contexts = [.http, .server]

  static let directives: [Directive] = certificates + algorithms + sessions + clients + others

  private static let certificates: [Directive] = [
    Directive(
      "ssl_certificate", .certificate, appendsTo: .ssl.certificates, in: contexts,
      "The file with the server's certificate, followed by the certificates of its issuers; "
        + "several may be given, for keys of different kinds."),
    Directive(
      "ssl_certificate_key", .certificate, appendsTo: .ssl.certificateKeys, in: contexts,
      "The file with the secret key of the certificate."),
    Directive(
      "ssl_password_file", .namedFile, sets: .ssl.passwordFile, in: contexts,
      "The file with passphrases of secret keys, one on each line."),
    Directive(
      "ssl_reject_handshake", .flag, sets: .ssl.rejectsHandshake, in: contexts,
      "Whether handshakes that ask for this server are refused."),
  ]

  private static let algorithms: [Directive] = [
    Directive(
      "ssl_protocols", .protocols, sets: .ssl.protocols, in: contexts,
      "The versions of TLS that clients may use."),
    Directive(
      "ssl_ciphers", .placed("ciphers"), sets: .ssl.ciphers, in: contexts,
      "The ciphers of TLS 1.2 and older, in OpenSSL's format."),
    Directive(
      "ssl_prefer_server_ciphers", .flag, sets: .ssl.prefersServerCiphers, in: contexts,
      "Whether the server's order of ciphers outweighs the client's."),
    Directive(
      "ssl_dhparam", .optionalNamedFile, sets: .ssl.dhParameters, in: contexts,
      "The file with the parameters of DHE ciphers, which is only checked: no such cipher is "
        + "offered."),
    Directive(
      "ssl_ecdh_curve", .placed("curve"), sets: .ssl.curves, in: contexts,
      "The groups of the key exchange, with colons between them; those that only OpenSSL has are "
        + "left out."),
    Directive(
      "ssl_conf_command", .command, appendsTo: .ssl.commands, in: contexts,
      "Sets a value by one of OpenSSL's configuration commands: `CipherString`, `Ciphersuites`, "
        + "`Groups`, `SignatureAlgorithms`, `MinProtocol`, `MaxProtocol`, `Options`, "
        + "`Certificate`, `PrivateKey`."),
  ]

  private static let sessions: [Directive] = [
    Directive(
      "ssl_session_cache", .sessionCache, setsAnew: .ssl.sessionCache, in: contexts,
      "Where sessions are kept to be resumed; each loop keeps its own, those of `shared` too, "
        + "while tickets are understood by all."),
    Directive(
      "ssl_session_timeout", .seconds, sets: .ssl.sessionTimeout, in: contexts,
      "How long a session may be resumed."),
    Directive(
      "ssl_session_tickets", .flag, sets: .ssl.usesTickets, in: contexts,
      "Whether clients get tickets with which they may resume a session; TLS 1.3 resumes none "
        + "without."),
    Directive(
      "ssl_session_ticket_key", .namedFile, appendsTo: .ssl.ticketKeyFiles, in: contexts,
      "A file of 48 or 80 random bytes that tickets are encrypted with."),
  ]

  private static let clients: [Directive] = [
    Directive(
      "ssl_verify_client", .keyword, sets: .ssl.verification, in: contexts,
      "Whether clients are asked for a certificate, and whether they need a valid one."),
    Directive(
      "ssl_verify_depth", .number, sets: .ssl.verifyDepth, in: contexts,
      "How many certificates may stand between a client's and a trusted one."),
    Directive(
      "ssl_client_certificate", .optionalNamedFile, sets: .ssl.clientCertificates, in: contexts,
      "The file with trusted certificates, whose names are sent to clients."),
    Directive(
      "ssl_trusted_certificate", .optionalNamedFile, sets: .ssl.trustedCertificates, in: contexts,
      "The file with trusted certificates, whose names are not sent."),
    Directive(
      "ssl_crl", .optionalNamedFile, sets: .ssl.revocations, in: contexts,
      "The file with the certificates of clients that have been revoked."),
  ]

  private static let others: [Directive] = [
    Directive(
      "ssl", "on | off", count: 1...1, in: contexts,
      "Obsolete: whether every address of the server is for TLS; use `listen … ssl`.",
      apply: readObsoleteSwitch),
    Directive(
      "ssl_stapling", "on | off", count: 1...1, in: contexts,
      "Accepted with a warning where it is on: no OCSP response is stapled."
    ) { (statement, level) throws(Diagnostic) in
      try warnWhereOn(statement, level)
    },
    Directive(
      "ssl_early_data", "on | off", count: 1...1, in: contexts,
      "Accepted with a warning where it is on: early data is refused, and clients send it again."
    ) { (statement, level) throws(Diagnostic) in
      try warnWhereOn(statement, level)
    },
    Directive(
      withoutEffect: "ssl_stapling_verify", .flag, in: contexts,
      "Would check OCSP responses, see `ssl_stapling`."),
    Directive(
      withoutEffect: "ssl_stapling_file", .namedFile, in: contexts,
      "Would name an OCSP response, see `ssl_stapling`."),
    Directive(
      withoutEffect: "ssl_stapling_responder", .text("url"), in: contexts,
      "Would name an OCSP responder, see `ssl_stapling`."),
    Directive(
      withoutEffect: "ssl_buffer_size", .size, in: contexts,
      "The size of records follows from what there is to send."),
    Directive(
      withoutEffect: "ssl_certificate_compression", .flag, in: contexts,
      "Certificates are sent as they are."),
    Directive(
      withoutEffect: "ssl_certificate_cache", .texts("off | max=N [inactive=time] [valid=time]"),
      in: contexts,
      "Certificates are read when the configuration is, or for each handshake where variables "
        + "name them."),
  ]

  @Sendable private static func readObsoleteSwitch(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let isOn = try ArgumentType.flag.parse(statement, level)
    level.settings.ssl.obsoleteSwitch = isOn ? statement : nil
    try level.markUsed("ssl", by: statement)
    level.load.report(
      .deprecated(statement, replacement: "listen ... ssl").noting(
        isOn
          ? "write \"ssl\" behind each \"listen\" address that lacks it, and remove this line"
          : "remove this line: a \"listen\" without \"ssl\" says the same"))
    let load = level.load
    load.afterReading(statement) { () throws(Diagnostic) in
      for server in load.servers where server.location.settings.ssl.isOnEverywhere {
        for index in server.listens.indices { server.listens[index].options.isTLS = true }
      }
    }
  }

  private static func warnWhereOn(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let isOn = try ArgumentType.flag.parse(statement, level)
    try level.markUsed(statement.name.text.string, by: statement)
    guard isOn else { return }
    level.load.report(
      .custom(
        "\"\(statement.name.text)\" ignored, not supported by apus yet", at: statement,
        severity: .warning))
  }
}

extension ArgumentType where Value == CertificateName {
  /// A file or the text itself; the name may have variables, and starts at the configuration's
  /// folder.
  fileprivate static var certificate: Self {
    Self("file") { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      let isNoFile = word.text.hasPrefix("engine:") || word.text.hasPrefix("store:")
      guard !isNoFile else {
        throw .unsupported("a key outside of a file", at: statement, word: word)
      }
      return try CertificateName(word, of: statement, level)
    }
  }
}

extension ArgumentType where Value == TLSSettings.Protocols {
  /// Versions of TLS; those of SSL are accepted and stay off, as no library has them any more.
  fileprivate static var protocols: Self {
    let names = "[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]"
    return Self(names, count: 1...Int.max) { (statement, level) throws(Diagnostic) in
      var protocols: TLSSettings.Protocols = []
      for word in statement.arguments {
        let one: TLSSettings.Protocols
        switch word.text.lowercased {
        case "sslv2", "sslv3": one = []
        case "tlsv1": one = .tls10
        case "tlsv1.1": one = .tls11
        case "tlsv1.2": one = .tls12
        case "tlsv1.3": one = .tls13
        default: throw .invalidValue(word, of: statement)
        }
        if !one.isEmpty, protocols.contains(one) {
          level.load.report(.duplicateValue(word, of: statement))
        }
        protocols.formUnion(one)
      }
      return protocols
    }
  }
}

extension ArgumentType where Value == TLSSettings.SessionCache {
  /// The number of sessions that nginx says fit into one megabyte.
  private static var sessionsPerMegabyte: Int { 4000 }

  /// nginx's `off`, `none`, `builtin`, `builtin:size` and `shared:name:size`.
  fileprivate static var sessionCache: Self {
    Self("off | none | [builtin[:size]] [shared:name:size]", count: 1...2) {
      (statement, _) throws(Diagnostic) in
      var cache = TLSSettings.SessionCache.none
      for word in statement.arguments {
        switch word.text {
        case "off": cache = .off
        case "none": cache = .none
        case "builtin": cache = .builtin(20480)
        default: cache = .builtin(try size(of: word, statement))
        }
      }
      return cache
    }
  }

  private static func size(of word: Word, _ statement: Statement) throws(Diagnostic) -> Int {
    let invalid = Diagnostic.custom(
      "invalid session cache \"\(word.text)\"", at: statement, word: word)
    let parts = word.text.split(on: UInt8(ascii: ":"))
    if parts.count == 2, parts[0] == "builtin", let size = parts[1].decimalNumber { return size }
    guard parts.count == 3, parts[0] == "shared", !parts[1].isEmpty,
      let size = Units.size(parts[2])
    else { throw invalid }
    guard size >= 8 * 4096 else {
      throw .custom("session cache \"\(word.text)\" is too small", at: statement, word: word)
    }
    return max(1, size / (1 << 20 / sessionsPerMegabyte))
  }
}
