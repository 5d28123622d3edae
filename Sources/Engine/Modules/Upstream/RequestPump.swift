import Bytes
import CLinux
import Sockets
import Wire

/// Where the content of an upstream request comes from.
enum RequestContent {
  case none
  /// In memory; the offset is what has been passed on.
  case memory(ByteBuffer, offset: Int)
  /// In a file.
  case file(FilePart, start: Int, count: Int)
  /// Straight from the client.
  case client

  /// Starts again, for another attempt.
  mutating func rewind() {
    switch self {
    case .none, .client: return
    case .memory(let buffer, _): self = .memory(buffer, offset: 0)
    case .file(let part, let start, let count):
      part.offset = start
      part.count = count
    }
  }
}

/// The direction from the client to the upstream server.
extension UpstreamRequest {
  private static let pieceSize = 16_384

  /// Reads the whole body first, unless it shall flow through.
  ///
  /// - Throws: 502 where another attempt has used the body up, and the request needs it.
  @inline(never)
  func prepareContent() async throws(Failure) {
    let body = exchange.body
    guard handler.passesContent else { return }
    if body.isStreamed {
      // What an internal redirect has turned into GET does without content; nothing else may.
      guard exchange.hasLostContent else {
        exchange.logError(.error, "the request body was passed on already and was not kept")
        throw .status(502)
      }
      return
    }
    let readsAll =
      settings.isRequestBuffering || (handler.needsContentLength && body.announcedByteCount == nil)
    if !readsAll { try body.readAtHand(exchange) }
    if readsAll || body.isComplete {
      try await body.readAll(exchange)
      switch body.storage {
      case .none: content = .none
      case .memory(let buffer): content = .memory(buffer, offset: 0)
      case .file(let file, let count):
        content = .file(FilePart(file, offset: 0, count: count), start: 0, count: count)
      }
    } else {
      try await body.sendContinue(exchange)
      content = .client
    }
  }

  /// Sends what can be sent.
  ///
  /// - Returns: Whether anything moved.
  func pumpRequest(to stream: ByteStream) throws(UpstreamFailure) -> Bool {
    guard !isRequestSent, !hasSendFailed, let output = output.take() else { return false }
    let moved = try send(output, to: stream)
    if hasRequestEnd, output.isEmpty {
      isRequestSent = true
      // Most of a request's time is waiting for the answer.
      exchange.giveBuffer(consume output)
      lastRead = loop.now
      if phase == .sendingRequest { phase = .readingHead }
    } else {
      self.output = consume output
    }
    return moved
  }

  @inline(__always)
  private func send(
    _ output: ByteBuffer, to stream: ByteStream
  ) throws(UpstreamFailure) -> Bool {
    var moved = false
    while true {
      if output.count < UpstreamRequest.pieceSize / 2 { try fill(output) }
      guard !output.isEmpty else { return moved }
      switch stream.write(output) {
      case .bytes(let count):
        moved = true
        attempt.bytesSent += count
        hasSentRequest = true
        lastWrite = loop.now
      case .wouldBlock: return moved
      case .failed(let code):
        // The peer may have answered and closed; what it said matters more.
        guard stream.isReadyToRead else {
          throw .connection(stream.writeFailure(code))
        }
        hasSendFailed = true
        return true
      }
    }
  }

  /// Appends the next content to the output.
  @inline(__always)
  private func fill(_ output: ByteBuffer) throws(UpstreamFailure) {
    if hasRequestEnd { return }
    if case .none = content { return endContent(of: output) }
    try fillFromContent(output)
  }

  @inline(never)
  private func fillFromContent(_ output: ByteBuffer) throws(UpstreamFailure) {
    switch content {
    case .none: return
    case .memory(let buffer, let offset):
      let count = min(buffer.count - offset, UpstreamRequest.pieceSize)
      let piece = exchange.takeBuffer(count)
      piece.append(buffer, in: offset..<offset + count)
      writeContent(piece, to: output)
      exchange.giveBuffer(piece)
      content = .memory(buffer, offset: offset + count)
      if offset + count == buffer.count { endContent(of: output) }
    case .file(let part, _, _): try fill(output, from: part)
    case .client: try fillFromClient(output)
    }
  }

  private func fill(_ output: ByteBuffer, from part: FilePart) throws(UpstreamFailure) {
    let piece = exchange.takeBuffer(UpstreamRequest.pieceSize)
    defer { exchange.giveBuffer(piece) }
    if part.count > 0 {
      guard part.read(into: piece) else {
        exchange.logError(.crit, "the temporary file of the request body cannot be read")
        throw .exchange(.status(500))
      }
      writeContent(piece, to: output)
    }
    if part.count == 0 { endContent(of: output) }
  }

  private func fillFromClient(_ output: ByteBuffer) throws(UpstreamFailure) {
    let piece = exchange.takeBuffer(UpstreamRequest.pieceSize)
    defer { exchange.giveBuffer(piece) }
    do throws(Failure) {
      _ = try exchange.body.read(into: piece, limit: UpstreamRequest.pieceSize, exchange)
      try exchange.body.checkSize(exchange)
    } catch {
      throw .exchange(error)
    }
    if !piece.isEmpty {
      exchange.body.noteStreamed()
      writeContent(piece, to: output)
      lastDelivery = loop.now
    }
    if exchange.body.isComplete { endContent(of: output) }
  }

  private func endContent(of output: ByteBuffer) {
    writeEnd(to: output)
    hasRequestEnd = true
  }
}

extension Exchange {
  /// Whether the request goes on as GET after its content was passed on and not kept.
  var hasLostContent: Bool {
    body.isStreamed && method != request.method && (method == .get || method == .head)
  }
}
