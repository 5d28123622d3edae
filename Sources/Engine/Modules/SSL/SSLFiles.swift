import Bytes
import Config
import Sockets

extension SSLSettings {
  /// The settings in the form of the TLS floor, with the files that the library does not read.
  ///
  /// - Throws: nginx's sentence about what is missing.
  func resolved(_ files: any FileReader) throws(Diagnostic) -> TLSSettings {
    guard certificateKeys.count >= certificates.count else { throw missingKey }
    let needsTrust = verification == .on || verification == .optional
    guard !needsTrust || clientCertificates != nil || trustedCertificates != nil else {
      throw .general("no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client")
    }
    var settings = TLSSettings()
    if !hasCertificatesOfConnections {
      settings.keyPairs = zip(certificates, certificateKeys).map {
        .init(certificate: .init(named: $0.path, files), key: .init(named: $1.path, files))
      }
    }
    settings.passwords =
      try passwordFile.map { (file) throws(Diagnostic) in
        try PasswordFile.passwords(in: file, files)
      } ?? []
    settings.ticketKeys = try ticketKeys(files)
    settings.dhParameters = dhParameters?.source(files)
    settings.clientCertificates = verification == .off ? nil : clientCertificates?.source(files)
    settings.trustedCertificates = trustedCertificates?.source(files)
    settings.revocations = revocations?.source(files)
    settings.protocols = protocols
    settings.ciphers = ciphers.text.string
    settings.prefersServerCiphers = prefersServerCiphers
    settings.sessionCache = sessionCache
    settings.sessionTimeout = sessionTimeout.milliseconds / 1000
    settings.usesTickets = usesTickets
    settings.curves = curves.text.string
    settings.commands = commands.map { .init(name: $0.name.string, value: $0.value.string) }
    settings.verification = verification.ofTLS
    settings.verifyDepth = verifyDepth
    settings.alpn = ["http/1.1", "http/1.0", "http/0.9"]
    return settings
  }

  /// Whether the certificates have to be found for each connection.
  var hasCertificatesOfConnections: Bool {
    (certificates + certificateKeys).contains(where: \.dependsOnRequest)
  }

  /// What nginx says of a server with fewer keys than certificates.
  private var missingKey: Diagnostic {
    let last = certificates[certificates.count - 1].file
    let sentence = "no \"ssl_certificate_key\" is defined for"
    guard let obsoleteSwitch else {
      return last.problem("\(sentence) certificate \"\(last.path)\"")
    }
    let certificate = certificateKeys.isEmpty ? "" : "certificate \"\(last.path)\" and "
    return .custom("\(sentence) \(certificate)the \"ssl\" directive", at: obsoleteSwitch)
  }

  private func ticketKeys(_ files: any FileReader) throws(Diagnostic) -> [ByteString] {
    var keys: [ByteString] = []
    for file in ticketKeyFiles {
      let key = try file.content(files)
      guard key.count == 48 || key.count == 80 else {
        throw file.problem("\"\(file.path)\" must be 48 or 80 bytes")
      }
      keys.append(key)
    }
    return keys
  }

  /// A sentence of the TLS library's, with the place of what it is about.
  func diagnostic(_ message: String) -> Diagnostic {
    if message.hasPrefix("SSL_CTX_set_cipher_list") { return .placed(message, at: ciphers.place) }
    if message.hasPrefix("SSL_CTX_set1_curves_list") { return .placed(message, at: curves.place) }
    if let command = commands.first(where: { message.hasPrefix("SSL_CONF_cmd(\"\($0.name)\"") }) {
      return .placed(message, at: command.place)
    }
    let files =
      (certificates + certificateKeys).map(\.file)
      + [dhParameters, clientCertificates, trustedCertificates, revocations].compactMap { $0 }
    return .placed(message, at: files.first { message.contains("\"\($0.path)\"") }?.place)
  }
}

extension Diagnostic {
  /// A sentence for which nginx names no place.
  fileprivate static func placed(_ message: String, at place: SourcePlace?) -> Diagnostic {
    var problem = Diagnostic.general(message)
    problem.place = place
    return problem
  }
}

extension CertificateName {
  /// The file, for messages.
  fileprivate var file: NamedFile { NamedFile(path: path, place: place) }
}

extension NamedFile {
  /// What is wrong with the file; nginx names no place for that.
  fileprivate func problem(_ message: String) -> Diagnostic { .placed(message, at: place) }

  fileprivate func content(_ files: any FileReader) throws(Diagnostic) -> ByteString {
    do throws(ReadError) {
      return try files.bytes(of: path.string)
    } catch {
      throw problem("\(error.call) \"\(path)\" failed (\(error.code): \(error.reason))")
    }
  }

  /// The file, or the text itself behind `data:`.
  fileprivate func source(_ files: any FileReader) -> TLSSettings.Source {
    TLSSettings.Source(named: path, files)
  }
}

extension TLSSettings.Source {
  /// A file with its content; the TLS library finds the words for one that cannot be read.
  init(file path: ByteString, _ files: any FileReader) {
    self.init(name: path.string, bytes: try? files.bytes(of: path.string))
  }
}

/// Files of passphrases.
enum PasswordFile {
  /// The lines of a file that are not empty.
  static func passwords(
    in file: NamedFile, _ files: any FileReader
  ) throws(Diagnostic) -> [String] {
    try file.content(files).split(on: ASCII.lineFeed)
      .map { $0.bytes.last == ASCII.carriageReturn ? $0[0..<$0.count - 1] : $0 }
      .filter { !$0.isEmpty }.map(\.string)
  }
}
