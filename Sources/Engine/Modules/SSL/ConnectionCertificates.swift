import Bytes
import Sockets
import Wire

/// Certificates of a server that depend on the connection: `ssl_certificate` with variables.
///
/// As in nginx, the files are read for each handshake, with the rights of the worker.
struct ConnectionCertificates: Sendable {
  private let names: [(certificate: CertificateName, key: CertificateName)]

  /// Everything but the certificates.
  private let settings: TLSSettings

  /// Whatever certificate a session began with, the server resumes it.
  private let ticketKeys: TLSTicketKeys?

  init(_ ssl: SSLSettings, _ settings: TLSSettings, _ ticketKeys: TLSTicketKeys?) {
    names = Array(zip(ssl.certificates, ssl.certificateKeys))
    self.settings = settings
    self.ticketKeys = ticketKeys
  }

  /// The context for a handshake that a server was chosen for.
  ///
  /// - Returns: nil where a certificate is of no use; the reason is logged.
  func context(for connection: ClientConnection, of server: Server) -> TLSContext? {
    guard let exchange = ConnectionCertificates.exchange(on: connection, server) else { return nil }
    defer { exchange.endWithoutRequest() }
    var settings = settings
    for (certificate, key) in names {
      settings.keyPairs.append(
        .init(
          certificate: .init(named: certificate.value(for: exchange) ?? ByteString()),
          key: .init(named: key.value(for: exchange) ?? ByteString())))
    }
    do throws(TLSError) {
      return try TLSContext.group(settings, side: .server, count: 1, ticketKeys: ticketKeys).first
    } catch {
      connection.logError(.error, error.description)
      return nil
    }
  }

  /// What variables take their values from before there is a request.
  private static func exchange(on connection: ClientConnection, _ server: Server) -> Exchange? {
    let fields = connection.servingLoop.takeFields()
    fields.buffer.append("GET / HTTP/1.0\r\n\r\n")
    var parser = RequestHeadParser()
    guard let request = try? parser.parse(fields) else { return nil }
    return Exchange(
      connection: connection, request: request, body: connection.servingLoop.noContent,
      server: Lent(server), path: "/", host: ByteString())
  }
}

extension Exchange {
  /// Gives back what the exchange holds that has never been a client's request.
  fileprivate func endWithoutRequest() {
    connection.servingLoop.giveBack(response)
    connection.servingLoop.giveBack(request.fields)
  }
}
