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

  /// Runs commands; those that name a certificate or a key have been seen to before.
  func run(_ commands: [TLSSettings.Command], noting failures: inout TLSFailures) {
    for (index, command) in commands.enumerated() {
      failures.attempt(.command(index)) { () throws(TLSError) in try run(command) }
    }
  }

  /// - Throws: Where nothing is known by the name, or its value makes no sense.
  private func run(_ command: TLSSettings.Command) throws(TLSError) {
    switch command.name.lowercased() {
    case "certificate", "privatekey": return
    case "cipherstring": return try setCipherList(command.value)
    case "curves", "groups": return try setGroups(command.value)
    case "signaturealgorithms":
      if SSL_CTX_set1_sigalgs_list(handle, command.value) == 1 { return }
    case "minprotocol", "maxprotocol":
      let set =
        command.name.lowercased() == "minprotocol"
        ? SSL_CTX_set_min_proto_version : SSL_CTX_set_max_proto_version
      let version = TLSContext.versions[command.value.lowercased()]
      if let version, set(handle, version) == 1 { return }
    case "ciphersuites":
      // The library has these three, and always offers them; others are left out.
      let suites = command.value.split(separator: ":")
      if !TLSContext.ciphersuites.isDisjoint(with: suites) { return }
    // What becomes of these is the library's affair.
    case "numtickets", "recordpadding": if Int(command.value) != nil { return }
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
  /// The certificates and keys that commands name, which take the place of those of directives,
  /// each with the numbers of its commands.
  ///
  /// A certificate without a key, and a key without a certificate, are noted.
  func keyPairsOfCommands(
    noting failures: inout TLSFailures
  ) -> [(pair: KeyPair, certificate: Int, key: Int)] {
    var keyPairs: [(pair: KeyPair, certificate: Int, key: Int)] = []
    var certificate: Int?
    for (index, command) in commands.enumerated() {
      switch command.name.lowercased() {
      case "certificate": certificate = index
      case "privatekey":
        failures.attempt(.command(index)) { () throws(TLSError) in
          guard let number = certificate.take() else { throw command.failure }
          let pair = KeyPair(
            certificate: Source(name: commands[number].value), key: Source(name: command.value))
          keyPairs.append((pair, number, index))
        }
      default: break
      }
    }
    if let certificate {
      failures.attempt(.command(certificate)) { () throws(TLSError) in
        throw commands[certificate].failure
      }
    }
    return keyPairs
  }
}
