import Bytes
import Config
package import Sockets

/// The certificates and rules of a server that speaks TLS, one context for each loop.
package struct ServerTLS: Sendable {
  /// The contexts, by the number of the loop.
  package let contexts: [TLSContext]

  /// What chooses another server's context by name, by the number of the loop.
  let choosers: [NameChooser]

  let verification: ClientVerification
  let rejectsHandshake: Bool

  package func context(for loop: EventLoop) -> TLSContext {
    contexts[loop.index % contexts.count]
  }

  func chooser(for loop: EventLoop) -> NameChooser { choosers[loop.index % choosers.count] }

  /// nil where the server has neither a certificate nor refuses handshakes; problems are reported.
  static func make(for server: ServerDraft, _ load: Load) -> ServerTLS? {
    let ssl = server.location.settings.ssl.value
    guard load.options.opensFiles, !ssl.certificates.isEmpty || ssl.rejectsHandshake else {
      return nil
    }
    do throws(Diagnostic) {
      var settings = try ssl.resolved(load.options.files)
      if settings.usesTickets, settings.ticketKeys.isEmpty {
        let owner = TicketKeys.Owner(names: server.names.map(\.shownName), settings)
        settings.ticketKeys = load.ticketKeys(owner, settings).keys
      }
      return ServerTLS(try contexts(settings, load.loopCount, ssl), ssl)
    } catch {
      load.reportOnce(error)
      return nil
    }
  }

  private init(_ contexts: [TLSContext], _ ssl: SSLSettings) {
    self.contexts = contexts
    choosers = contexts.map { NameChooser($0) }
    verification = ssl.verification
    rejectsHandshake = ssl.rejectsHandshake
  }

  private static func contexts(
    _ settings: TLSSettings, _ count: Int, _ ssl: SSLSettings
  ) throws(Diagnostic) -> [TLSContext] {
    do throws(TLSError) {
      return try TLSContext.group(settings, side: .server, count: count)
    } catch {
      throw ssl.diagnostic(error.description)
    }
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
    guard let server = ssl.rejectsHandshake ? lacking : first else { return }
    load.report(
      .custom(
        "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
        at: server.statement))
  }
}

extension Load {
  /// Reports a problem that several servers may have inherited.
  fileprivate func reportOnce(_ diagnostic: Diagnostic) {
    if !diagnostics.contains(diagnostic) { report(diagnostic) }
  }
}
