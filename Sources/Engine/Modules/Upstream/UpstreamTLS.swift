import Bytes
import Config
import Sockets

/// How connections to upstream servers are encrypted: `proxy_ssl_…`.
struct UpstreamTLSSettings: Sendable {
  var certificate: ByteString?
  var key: ByteString?
  var passwordFile: ByteString?
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

  /// The same for OpenSSL.
  fileprivate func forOpenSSL(_ files: any FileReader) -> TLSSettings {
    var settings = TLSSettings()
    if let certificate, let key {
      settings.keyPairs = [
        .init(certificate: .init(file: certificate, files), key: .init(file: key, files))
      ]
    }
    settings.trustedCertificates = trustedCertificate.map { .init(file: $0, files) }
    settings.revocations = revocations.map { .init(file: $0, files) }
    settings.protocols = protocols
    settings.ciphers = ciphers.string
    settings.verification = verifies ? .on : .off
    settings.verifyDepth = verifyDepth
    settings.commands = commands.map { .init(name: $0.name.string, value: $0.value.string) }
    return settings
  }
}

/// The TLS of the connections that one location opens.
final class UpstreamTLS: Sendable {
  private let contexts: [TLSContext]

  /// What may be resumed, by the number of the loop.
  private let sessions: [UpstreamSessions]
  private let settings: UpstreamTLSSettings

  /// - Parameter isNeeded: Whether the scheme is known to be `https`; otherwise problems with
  ///   files are found now all the same.
  init(_ settings: UpstreamTLSSettings, load: Load, isNeeded: Bool) throws(Diagnostic) {
    self.settings = settings
    if settings.verifies, settings.trustedCertificate == nil {
      throw .general("no proxy_ssl_trusted_certificate for proxy_ssl_verify")
    }
    sessions = (0..<load.loopCount).map { _ in UpstreamSessions() }
    var converted = settings.forOpenSSL(load.options.files)
    if let path = settings.passwordFile {
      converted.passwords = try PasswordFile.passwords(
        in: NamedFile(path: path, place: nil), load.options.files)
    }
    do throws(TLSError) {
      contexts = try TLSContext.group(
        converted, side: .client, count: load.loopCount, ticketKeys: nil)
    } catch {
      throw .general(error.description)
    }
  }

  func context(for loop: EventLoop) -> TLSContext { contexts[loop.index % contexts.count] }

  /// Makes a stream one of TLS, with a session to resume where the server gave one out.
  func start(
    _ stream: ByteStream, to peer: ByteString, for exchange: Exchange
  ) throws(StreamError) {
    let name = serverName(for: exchange)
    try stream.startTLS(context(for: exchange.loop), serverName: name)
    guard settings.reusesSessions, let session = stream.tls else { return }
    sessions[exchange.loop.index % sessions.count].resume(session, with: peer, as: name)
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
