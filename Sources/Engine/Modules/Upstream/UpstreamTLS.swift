import Bytes
import Config
import Sockets

/// How connections to upstream servers are encrypted: `proxy_ssl_…`.
struct UpstreamTLSSettings: Hashable, Sendable {
  var certificate: CertificateName?
  var key: CertificateName?
  var passwordFile: NamedFile?
  var trustedCertificate: NamedFile?
  var protocols: TLSSettings.Protocols = [.tls12, .tls13]
  var ciphers = PlacedText("DEFAULT")
  var verifies = PlacedFlag(false)
  var verifyDepth = 1
  var sendsServerName = false
  var name: Template?
  var reusesSessions = true
  var revocations: NamedFile?
  var commands: [SSLCommand] = []

  /// Whether the certificate has to be found for each request.
  var hasCertificateOfRequests: Bool {
    certificate?.dependsOnRequest ?? false || certificate != nil && key?.dependsOnRequest ?? false
  }

  /// The same for the TLS library.
  fileprivate func forTLS(_ files: any FileReader) -> TLSSettings {
    var settings = TLSSettings()
    if let certificate = certificate?.constant, let key = key?.constant {
      settings.keyPairs = [
        .init(certificate: .init(named: certificate, files), key: .init(named: key, files))
      ]
    }
    // nginx: without checks nothing is read that they would need.
    if verifies.isOn {
      settings.trustedCertificates = trustedCertificate.map { .init(file: $0.path, files) }
      settings.revocations = revocations.map { .init(file: $0.path, files) }
    }
    settings.protocols = protocols
    settings.ciphers = ciphers.text.string
    settings.verification = verifies.isOn ? .on : .off
    settings.verifyDepth = verifyDepth
    settings.commands = commands.map { .init(name: $0.name.string, value: $0.value.string) }
    return settings
  }

  /// Where the settings stand.
  fileprivate var places: TLSPlaces {
    TLSPlaces(
      prefix: "proxy_ssl", certificates: certificate.map { [$0] } ?? [],
      keys: key.map { [$0] } ?? [],
      hasPasswords: passwordFile != nil, ciphers: ciphers.place,
      trustedCertificates: trustedCertificate?.place, revocations: revocations?.place,
      commands: commands.map(\.place))
  }
}

/// The TLS of the connections that one location opens.
final class UpstreamTLS: Sendable {
  private let contexts: [TLSContext]

  /// What may be resumed, by the number of the loop.
  private let sessions: [UpstreamSessions]
  private let settings: UpstreamTLSSettings

  /// What is completed with a certificate for each connection; nil where none depends on requests.
  private let incomplete: TLSSettings?

  /// Whether a request may use no connection of another one: each may name its own certificate.
  var isOfOneRequest: Bool { incomplete != nil }

  /// What is wrong is reported, and then there are no contexts.
  ///
  /// - Parameter isNeeded: Whether the scheme is known to be `https`; otherwise problems with
  ///   files are found now all the same.
  init(_ settings: UpstreamTLSSettings, load: Load, isNeeded: Bool) {
    self.settings = settings
    var problems = TLSProblems()
    if isNeeded, settings.key == nil, let certificate = settings.certificate {
      problems.first.append(
        .placed(
          "no \"proxy_ssl_certificate_key\" is defined for certificate \"\(certificate.text)\"",
          at: certificate.place
        ).noting("write \"proxy_ssl_certificate_key FILE;\" beside \"proxy_ssl_certificate\""))
    }
    if settings.verifies.isOn, settings.trustedCertificate == nil {
      problems.last.append(
        .placed(
          "no proxy_ssl_trusted_certificate for proxy_ssl_verify", at: settings.verifies.place
        ).noting(
          "write \"proxy_ssl_trusted_certificate FILE;\" beside it, with the certificates of the "
            + "authorities that are trusted"))
    }
    sessions = (0..<load.loopCount).map { _ in UpstreamSessions() }
    var converted = settings.forTLS(load.options.files)
    converted.passwords = problems.passwords(in: settings.passwordFile, load.options.files)
    incomplete = settings.hasCertificateOfRequests ? converted : nil
    var contexts: [TLSContext] = []
    do throws(TLSError) {
      contexts = try TLSContext.group(
        converted, side: .client, count: load.loopCount, ticketKeys: nil)
    } catch {
      problems.add(error, at: settings.places)
    }
    self.contexts = contexts
    problems.report(in: .passing, settings.places, load)
  }

  func context(for loop: EventLoop) -> TLSContext { contexts[loop.index % contexts.count] }

  /// Makes a stream one of TLS, with a session to resume where the server gave one out.
  ///
  /// A session with a certificate of the request's own is for no other.
  func start(
    _ stream: ByteStream, to peer: ByteString, for exchange: Exchange
  ) throws(UpstreamFailure) {
    let name = serverName(for: exchange)
    let ownContext = try ownContext(for: exchange)
    do {
      try stream.startTLS(ownContext ?? context(for: exchange.loop), serverName: name)
    } catch {
      throw .connection("\(error)")
    }
    guard settings.reusesSessions, ownContext == nil, let session = stream.tls else { return }
    sessions[exchange.loop.index % sessions.count].resume(session, with: peer, as: name)
  }

  /// The context with the certificate that the request names; nil where it names none.
  ///
  /// nginx: the files are read for each connection, with the rights of the worker.
  private func ownContext(for exchange: Exchange) throws(UpstreamFailure) -> TLSContext? {
    guard var converted = incomplete, let name = settings.certificate?.value(for: exchange)
    else { return nil }
    let key = settings.key?.value(for: exchange) ?? ByteString()
    converted.keyPairs = [.init(certificate: .init(named: name), key: .init(named: key))]
    do throws(TLSError) {
      return try TLSContext(converted, side: .client)
    } catch {
      exchange.logError(.error, error.description)
      throw .exchange(.status(500))
    }
  }

  /// The name for SNI; nil to send none.
  private func serverName(for exchange: Exchange) -> ByteString? {
    guard settings.sendsServerName else { return nil }
    let name = name(for: exchange)
    // RFC 6066, section 3: an address is no name.
    return SocketAddress(name, defaultPort: 443) == nil ? name : nil
  }

  private func name(for exchange: Exchange) -> ByteString {
    var name = settings.name?.value(for: exchange) ?? ByteString()
    if name.isEmpty { name = exchange.proxyTarget?.authority ?? ByteString() }
    return HostAndPort(name, defaultPort: 443)?.host ?? name
  }

  /// What is wrong with the peer's certificate; nil where it is not to be looked at or valid.
  func problem(with stream: ByteStream, _ exchange: Exchange) -> String? {
    guard settings.verifies.isOn, let tls = stream.tls else { return nil }
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
