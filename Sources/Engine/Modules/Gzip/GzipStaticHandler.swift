import Bytes
import Sockets
import Wire

/// Answers with a file that was compressed beforehand, where there is one and the client takes it.
struct GzipStaticHandler: Handler {
  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    guard exchange.method == .get || exchange.method == .head,
      exchange.path.bytes.last != UInt8(ascii: "/")
    else { return .declined }
    let isForAll = exchange.settings.gzip.precompressed == .always
    let isAccepted = isForAll || GzipAcceptance.holds(for: exchange)
    guard isAccepted || exchange.settings.gzip.announcesVariants else { return .declined }
    let path = try RequestedFile.path(for: exchange) + ".gz"
    guard let (file, facts) = try open(path, exchange) else { return .declined }
    let response = exchange.response
    if !isForAll, exchange.settings.gzip.announcesVariants { response.announceVariants() }
    guard isAccepted else { return .declined }
    response.fields.append("Content-Encoding", "gzip")
    // A part of the compressed file would be of no use by itself.
    try await exchange.send(file, facts, allowsRanges: false)
    return .responded
  }

  private func open(
    _ path: ByteString, _ exchange: Exchange
  ) throws(Failure) -> (OpenFile, FileFacts)? {
    switch exchange.connection.servingLoop.filesOfBatch.open(path) {
    case .success((let file, let facts)):
      return facts.kind == .regular ? (file, facts) : nil
    case .failure(let error):
      if !error.meansNotFound, !error.meansForbidden {
        exchange.logError(.crit, "\(error.call)() \"\(path)\" failed \(error.reason)")
        throw .status(500)
      }
      return nil
    }
  }
}
