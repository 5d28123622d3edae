import Bytes
import Config
import Sockets

/// The identity of a location, by which idle connections to upstream servers are told apart.
///
/// A reload keeps it for a location of the same name whose connections would be opened alike.
final class ConnectionOwner: Sendable {
  /// What tells the owners of one configuration apart.
  struct Key: Hashable, Sendable {
    /// The names of the location and of those around it, the innermost first.
    let names: [ByteString]

    /// The words of the protocol and of what encrypts connections, the content of files included.
    let words: [ByteString]

    /// Tells apart what is equal otherwise, in the order of the file.
    var number = 0
  }
}

extension Load {
  /// The owner of the connections that a location opens.
  ///
  /// - Parameters:
  ///   - kind: The protocol.
  ///   - tls: How connections are encrypted; nil where they are not.
  func connectionOwner(
    of location: LocationDraft, _ kind: ByteString, _ settings: UpstreamSettings,
    tls: UpstreamTLSSettings? = nil
  ) -> ConnectionOwner {
    let names = sequence(first: location, next: \.parent).map(\.name)
    let address = settings.localAddress.map(\.constant) ?? ByteString()
    guard let address, let encryption = encryption(tls) else { return connectionOwner(nil) }
    return connectionOwner(
      ConnectionOwner.Key(names: names, words: [kind, address] + encryption))
  }

  /// nil where it differs between requests.
  private func encryption(_ tls: UpstreamTLSSettings?) -> [ByteString]? {
    guard let tls else { return [] }
    guard let name = (tls.name ?? Template(constant: "")).constant,
      !tls.hasCertificateOfRequests
    else { return nil }
    let pair = [tls.certificate, tls.key].map { name in
      name?.constant.flatMap { TLSSettings.Source(named: $0, options.files).bytes } ?? ByteString()
    }
    let files = [tls.trustedCertificate, tls.revocations].map { file in
      file.flatMap { try? options.files.bytes(of: $0.path.string) } ?? ByteString()
    }
    let rules =
      "\(tls.protocols.rawValue) \(tls.verifies.isOn) \(tls.verifyDepth) \(tls.sendsServerName)"
    let commands = tls.commands.flatMap { [$0.name, $0.value] }
    return [name, tls.ciphers.text, ByteString(rules)] + pair + files + commands
  }
}
