import Bytes
import Config
package import Sockets

/// The certificates and rules of a server that speaks TLS, one context for each loop.
package final class ServerTLS: Sendable {
  /// The contexts, by the number of the loop.
  package let contexts: [TLSContext]

  /// What chooses another server's context by name, by the number of the loop.
  let choosers: [NameChooser]

  let verification: ClientVerification
  let rejectsHandshake: Bool

  /// What makes a context for each handshake; nil where the certificates are always the same.
  let ownCertificates: ConnectionCertificates?

  package func context(for loop: EventLoop) -> TLSContext {
    contexts[loop.index % contexts.count]
  }

  func chooser(for loop: EventLoop) -> NameChooser { choosers[loop.index % choosers.count] }

  /// nil where the server has neither a certificate nor refuses handshakes; problems are reported.
  static func make(for server: ServerDraft, _ load: Load) -> ServerTLS? {
    let ssl = server.location.settings.ssl.value
    if let obsoleteSwitch = ssl.obsoleteSwitch, ssl.certificates.isEmpty {
      load.report(
        .custom(
          "no \"ssl_certificate\" is defined for the \"ssl\" directive", at: obsoleteSwitch),
        in: .certificates)
    }
    guard load.options.opensFiles, !ssl.certificates.isEmpty || ssl.rejectsHandshake else {
      return nil
    }
    var problems = TLSProblems()
    let settings = ssl.resolved(load.options.files, &problems)
    let owner = TicketOwner(names: server.names.map(\.shownName), settings)
    do throws(TLSError) {
      let made = try ServerTLS(settings, owner, ssl, load)
      if problems.all.isEmpty { return made }
    } catch {
      problems.add(error, at: ssl.places)
    }
    problems.report(in: .certificates, ssl.places, load)
    return nil
  }

  private init(
    _ settings: TLSSettings, _ owner: TicketOwner, _ ssl: SSLSettings, _ load: Load
  ) throws(TLSError) {
    let keys = try load.ticketKeys(owner, settings)
    contexts = try TLSContext.group(
      settings, side: .server, count: load.loopCount, ticketKeys: keys)
    ownCertificates =
      ssl.hasCertificatesOfConnections ? ConnectionCertificates(ssl, settings, keys) : nil
    choosers = contexts.map { NameChooser($0) }
    verification = ssl.verification
    rejectsHandshake = ssl.rejectsHandshake
  }

  /// Reports what nginx says of an address for TLS whose servers lack a certificate.
  static func checkCertificates(
    default first: ServerDraft, all servers: [ServerDraft], _ load: Load
  ) {
    let ssl = first.location.settings.ssl.value
    if !ssl.certificates.isEmpty { return }
    let lacking = servers.first {
      let ssl = $0.location.settings.ssl.value
      return ssl.certificates.isEmpty && !ssl.rejectsHandshake
    }
    guard let server = ssl.rejectsHandshake ? lacking : first,
      server.location.settings.ssl.obsoleteSwitch == nil
    else { return }
    load.report(
      .custom(
        "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
        at: server.statement
      ).noting("write \"ssl_certificate FILE; ssl_certificate_key FILE;\" in this server"),
      in: .addresses)
  }
}
