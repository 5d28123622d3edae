import Bytes
import Config
import Sockets

extension SSLSettings {
  /// The settings in the form of the TLS floor, with the files that the library does not read.
  ///
  /// What is wrong with those, or missing, is noted.
  func resolved(_ files: any FileReader, _ problems: inout TLSProblems) -> TLSSettings {
    if certificateKeys.count < certificates.count { problems.first.append(missingKey) }
    let needsTrust = verification == .on || verification == .optional
    if needsTrust, clientCertificates == nil, trustedCertificates == nil {
      problems.last.append(
        .general("no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client"))
    }
    var settings = TLSSettings()
    if !hasCertificatesOfConnections {
      settings.keyPairs = zip(certificates, certificateKeys).map {
        .init(certificate: .init(named: $0.path, files), key: .init(named: $1.path, files))
      }
    }
    settings.passwords = problems.passwords(in: passwordFile, files)
    settings.ticketKeys = ticketKeys(files, &problems)
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

  /// Where the settings stand.
  var places: TLSPlaces {
    TLSPlaces(
      prefix: "ssl", certificates: certificates, keys: certificateKeys,
      hasPasswords: passwordFile != nil, ciphers: ciphers.place, curves: curves.place,
      dhParameters: dhParameters?.place, clientCertificates: clientCertificates?.place,
      trustedCertificates: trustedCertificates?.place, revocations: revocations?.place,
      commands: commands.map(\.place))
  }

  /// Whether the certificates have to be found for each connection.
  var hasCertificatesOfConnections: Bool {
    (certificates + certificateKeys).contains(where: \.dependsOnRequest)
  }

  /// What nginx says of a server with fewer keys than certificates.
  private var missingKey: Diagnostic {
    let last = certificates[certificates.count - 1]
    let sentence = "no \"ssl_certificate_key\" is defined for"
    let note = "write \"ssl_certificate_key FILE;\" beside \"ssl_certificate\""
    guard let obsoleteSwitch else {
      return .placed("\(sentence) certificate \"\(last.path)\"", at: last.place)
        .noting(note)
    }
    let certificate = certificateKeys.isEmpty ? "" : "certificate \"\(last.path)\" and "
    return .custom("\(sentence) \(certificate)the \"ssl\" directive", at: obsoleteSwitch)
      .noting(note)
  }

  private func ticketKeys(
    _ files: any FileReader, _ problems: inout TLSProblems
  ) -> [ByteString] {
    var keys: [ByteString] = []
    for file in ticketKeyFiles {
      do throws(Diagnostic) {
        let key = try file.content(files)
        guard key.count == 48 || key.count == 80 else {
          throw file.problem("\"\(file.path)\" must be 48 or 80 bytes")
        }
        keys.append(key)
      } catch {
        problems.last.append(error)
      }
    }
    return keys
  }
}

extension Diagnostic {
  /// A sentence for which nginx names no place.
  static func placed(_ message: String, at place: SourcePlace?) -> Diagnostic {
    var problem = Diagnostic.general(message)
    problem.place = place
    return problem
  }
}

extension NamedFile {
  /// What is wrong with the file; nginx names no place for that.
  fileprivate func problem(_ message: String) -> Diagnostic { .placed(message, at: place) }

  func content(_ files: any FileReader) throws(Diagnostic) -> ByteString {
    do throws(ReadError) {
      return try files.bytes(of: path.string)
    } catch {
      throw problem("\(error.call) \"\(path)\" failed (\(error.code): \(error.reason))")
    }
  }

  /// The file, or the text itself behind `data:`.
  func source(_ files: any FileReader) -> TLSSettings.Source {
    TLSSettings.Source(named: path, files)
  }
}

extension TLSSettings.Source {
  /// A file with its content; the TLS library finds the words for one that cannot be read.
  init(file path: ByteString, _ files: any FileReader) {
    self.init(name: path.string, bytes: try? files.bytes(of: path.string))
  }
}
