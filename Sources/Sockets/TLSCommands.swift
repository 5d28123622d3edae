import CBoringSSL

/// The commands of OpenSSL's configuration, as far as this library has what they are about.
///
/// Source: OpenSSL, "SSL_CONF_cmd", commands of configuration files; nginx, `ssl_conf_command`.
extension TLSContext {
  /// What of OpenSSL's `Options` has no effect here: it is never, or always so.
  private static let optionsWithoutEffect: Set<String> = [
    "allownodhekex", "antireplay", "bugs", "canames", "compression", "dhsingle", "ecdhsingle",
    "emptyfragments", "encryptthenmac", "extendedmastersecret", "ignoreunexpectedeof", "ktls",
    "middleboxcompat", "norenegotiation", "noresumptiononrenegotiation", "prioritizechacha",
    "unsafelegacyrenegotiation", "unsafelegacyserverconnect",
  ]

  private static let versions: [String: UInt16] = [
    "none": 0, "tlsv1": UInt16(TLS1_VERSION), "tlsv1.1": UInt16(TLS1_1_VERSION),
    "tlsv1.2": UInt16(TLS1_2_VERSION), "tlsv1.3": UInt16(TLS1_3_VERSION),
  ]

  private static let ciphersuites: Set<Substring> = [
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  ]

  /// Runs a command that is not about certificates; see ``TLSSettings/splitCommands()``.
  ///
  /// - Throws: Where nothing is known by the name, or its value makes no sense.
  func run(_ command: TLSSettings.Command) throws(TLSError) {
    switch command.name.lowercased() {
    case "cipherstring": return try setCipherList(command.value)
    case "curves", "groups": return try setGroups(command.value)
    case "signaturealgorithms":
      if SSL_CTX_set1_sigalgs_list(handle, command.value) == 1 { return }
    case "minprotocol":
      if let version = TLSContext.versions[command.value.lowercased()],
        SSL_CTX_set_min_proto_version(handle, version) == 1
      {
        return
      }
    case "maxprotocol":
      if let version = TLSContext.versions[command.value.lowercased()],
        SSL_CTX_set_max_proto_version(handle, version) == 1
      {
        return
      }
    case "ciphersuites":
      // The library has these three, and always offers them.
      let suites = command.value.split(separator: ":")
      if TLSContext.ciphersuites.isSuperset(of: suites) { return }
    case "options":
      if setOptions(command.value) { return }
    default: break
    }
    throw command.failure
  }

  /// - Returns: false where one of the options is not known.
  private func setOptions(_ list: String) -> Bool {
    for word in list.lowercased().split(separator: ",") {
      let isOff = word.hasPrefix("-")
      let name = String(word.drop { "+-".contains($0) })
      switch name {
      case "serverpreference": set(SSL_OP_CIPHER_SERVER_PREFERENCE, !isOff)
      case "sessionticket": set(SSL_OP_NO_TICKET, isOff)
      default: guard TLSContext.optionsWithoutEffect.contains(name) else { return false }
      }
    }
    return true
  }

  private func set(_ option: Int, _ isOn: Bool) {
    if isOn {
      SSL_CTX_set_options(handle, UInt32(option))
    } else {
      SSL_CTX_clear_options(handle, UInt32(option))
    }
  }
}

extension TLSSettings.Command {
  fileprivate var failure: TLSError {
    .taking("SSL_CONF_cmd(\"\(name)\", \"\(value)\") failed")
  }
}

extension TLSSettings {
  /// Tells the commands that name certificates and keys, which replace those of directives, from
  /// the others.
  ///
  /// - Throws: Where a certificate has no key.
  func splitCommands() throws(TLSError) -> (commands: [Command], keyPairs: [KeyPair]) {
    var rest: [Command] = []
    var keyPairs: [KeyPair] = []
    var certificate: Command?
    for command in commands {
      switch command.name.lowercased() {
      case "certificate": certificate = command
      case "privatekey":
        guard let named = certificate.take() else { throw command.failure }
        keyPairs.append(
          KeyPair(certificate: Source(name: named.value), key: Source(name: command.value)))
      default: rest.append(command)
      }
    }
    if let certificate { throw certificate.failure }
    return (rest, keyPairs.isEmpty ? self.keyPairs : keyPairs)
  }
}
