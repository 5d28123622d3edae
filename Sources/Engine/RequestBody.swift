package import Bytes
import CLinux
import Sockets
package import Wire

/// The content of a request: nothing, still to be read, or kept in memory or a temporary file.
///
/// Confined to the loop of its exchange.
package final class RequestBody {
  /// Where content that has been read is kept.
  package enum Storage {
    case none
    case memory(ByteBuffer)
    case file(OpenFile, byteCount: Int)
  }

  /// How the end of the content is told.
  package let framing: MessageFraming

  /// Where the content is, once it has been read whole.
  package private(set) var storage = Storage.none

  /// The bytes of content that have been read.
  package private(set) var receivedByteCount = 0

  /// The file of `client_body_in_file_only`; nil where the content has no name.
  private(set) var filePath: String?

  /// What was read of content that is passed on as it comes, and not passed on yet.
  private var beginning: ByteBuffer?

  private var remaining = 0
  private var decoder = ChunkedDecoder()

  /// Whether somebody has begun to read the content, and the client was told to go on.
  private var hasContinued = false
  private var rounds = Rounds()

  /// Whether content was thrown away before the response.
  private var hasDiscarded = false

  /// Whether content has been passed on without being kept: nobody can read it from the start.
  package private(set) var isStreamed = false

  /// Whether the client has sent everything.
  package private(set) var isComplete: Bool

  /// Content of which nothing has been read.
  package init(_ framing: MessageFraming) {
    self.framing = framing
    switch framing {
    case .length(let count):
      remaining = count
      isComplete = count == 0
    case .chunked: isComplete = false
    case .none, .untilClose: isComplete = true
    }
  }

  /// The number of bytes that the head announces; nil where it does not.
  package var announcedByteCount: Int? {
    switch framing {
    case .none, .untilClose: 0
    case .length(let count): count
    case .chunked: nil
    }
  }

  // MARK: - Reading

  /// Appends content that is at hand to a buffer, without waiting.
  ///
  /// - Parameter limit: The most bytes to append, at least 1.
  /// - Returns: false where more must be awaited; see ``isComplete`` too.
  /// - Throws: What is wrong with the framing, or ``Failure/aborted`` where the client has gone.
  package func read(
    into buffer: ByteBuffer, limit: Int, _ exchange: Exchange
  ) throws(Failure) -> Bool {
    if let beginning {
      take(beginning, into: buffer, limit: max(1, limit), exchange)
      return true
    }
    let before = buffer.count
    // Framing alone is no content. An edge that was used up does not come again, and TLS may have
    // read ahead, so only an attempt that would block ends the search.
    while !isComplete, buffer.count == before {
      guard try fill(exchange.connection, exchange) else { return false }
      try move(exchange, into: buffer, limit: max(1, limit))
    }
    receivedByteCount += buffer.count - before
    return true
  }

  private func take(
    _ beginning: ByteBuffer, into buffer: ByteBuffer, limit: Int, _ exchange: Exchange
  ) {
    let count = min(beginning.count, limit)
    buffer.append(beginning, in: 0..<count)
    beginning.consume(count)
    guard beginning.isEmpty else { return }
    self.beginning = nil
    exchange.loop.buffers.give(beginning)
  }

  /// Moves content out of the bytes that the connection has read.
  private func move(
    _ exchange: Exchange, into buffer: ByteBuffer, limit: Int
  ) throws(Failure) {
    let connection = exchange.connection
    guard let input = connection.input else { return }
    switch framing {
    case .length:
      let count = min(input.count, remaining, limit)
      buffer.append(input, in: 0..<count)
      input.consume(count)
      remaining -= count
      isComplete = remaining == 0
    case .chunked:
      try decode(input, into: buffer, limit: limit, exchange)
    case .none, .untilClose: break
    }
    guard input.isEmpty else { return }
    connection.loop.buffers.give(input)
    connection.input = nil
  }

  /// Notes that content which was read is not kept.
  package func noteStreamed() { isStreamed = true }

  private func decode(
    _ input: ByteBuffer, into buffer: ByteBuffer, limit: Int, _ exchange: Exchange
  ) throws(Failure) {
    do {
      isComplete = try decoder.decode(input, into: buffer, limit: limit)
    } catch {
      exchange.logError(.info, "client sent invalid chunked body")
      exchange.isPersistent = false
      throw .status(400)
    }
  }

  /// - Returns: Whether the connection has bytes that have not been used.
  private func fill(
    _ connection: ClientConnection, _ exchange: Exchange
  ) throws(Failure) -> Bool {
    if connection.input?.isEmpty == false { return true }
    let input = connection.input ?? connection.loop.buffers.take(16_384)
    connection.input = input
    switch connection.stream.read(into: input, minimumRoom: 4096) {
    case .bytes: return true
    case .wouldBlock: return false
    case .end: throw gone("client prematurely closed connection", exchange)
    case .failed(let code): throw gone("\(connection.stream.readFailure(code))", exchange)
    }
  }

  /// Logs why nothing more comes from the client.
  private func gone(_ reason: String, _ exchange: Exchange) -> Failure {
    exchange.logError(.info, "\(reason) while reading request body")
    exchange.isPersistent = false
    return .aborted
  }

  /// Appends content to a buffer, at least one byte unless the body is complete.
  ///
  /// - Throws: 408 where the client is silent for `client_body_timeout`.
  package func readSome(
    into buffer: ByteBuffer, limit: Int, _ exchange: Exchange
  ) async throws(Failure) {
    try await sendContinue(exchange)
    let timeout = Milliseconds(exchange.settings.core.clientBodyTimeout.milliseconds)
    let deadline = exchange.loop.deadline(after: timeout)
    if rounds.isTurnOver() { await exchange.waiter.yieldToOthers() }
    while try !read(into: buffer, limit: limit, exchange) {
      try checkSize(exchange)
      guard await exchange.waiter.wait(until: deadline) == .ready else { throw timedOut(exchange) }
    }
  }

  /// Logs that the client was silent for `client_body_timeout`.
  func timedOut(_ exchange: Exchange) -> Failure {
    exchange.logError(.info, "client timed out (110: Connection timed out) while reading body")
    exchange.isPersistent = false
    return .status(408)
  }

  /// Whether the client waits for 100 (Continue).
  ///
  /// nginx: one that announces no content gets it, too. RFC 9110, section 10.1.1: it need not.
  private func isContinueOwed(_ exchange: Exchange) -> Bool {
    !hasContinued && receivedByteCount == 0 && isContinueExpected(exchange)
  }

  /// Tells a client that waits for it to go on (RFC 9110, section 10.1.1).
  package func sendContinue(_ exchange: Exchange) async throws(Failure) {
    guard !hasContinued else { return }
    hasContinued = true
    guard isContinueExpected(exchange), exchange.connection.input?.isEmpty ?? true else { return }
    exchange.connection.output.write(expecting: 32) { $0.append("HTTP/1.1 100 Continue\r\n\r\n") }
    try await exchange.drainOutput()
  }

  /// Reads everything: into memory up to `client_body_buffer_size`, then into a temporary file.
  ///
  /// - Throws: 413 where the content is larger than `client_max_body_size`.
  package func readAll(_ exchange: Exchange) async throws(Failure) {
    if isContinueOwed(exchange) { try await sendContinue(exchange) }
    guard !isComplete, case .none = storage else { return }
    let core = exchange.settings.core
    if core.bodyInFileOnly != .off { return try await readAllIntoFile(exchange) }
    let limit = core.clientBodyBufferSize
    let buffer = exchange.loop.buffers.take(min(announcedByteCount ?? limit, limit))
    var file: TemporaryFile?
    while !isComplete {
      try await readSome(into: buffer, limit: max(1, limit - buffer.count), exchange)
      try checkSize(exchange)
      if !isComplete, buffer.count >= limit || file != nil {
        if file == nil { file = try makeFile(exchange) }
        try file?.append(buffer, exchange)
      }
    }
    guard let file else {
      storage = .memory(buffer)
      return
    }
    try file.append(buffer, exchange)
    exchange.loop.buffers.give(buffer)
    storage = .file(file.file, byteCount: file.byteCount)
  }

  /// A file for content that is too large for memory; it has a name where somebody may ask for it.
  private func makeFile(_ exchange: Exchange) throws(Failure) -> TemporaryFile {
    let isNamed = exchange.site.namesBodyFiles
    let file = try TemporaryFile(for: exchange, keepsName: isNamed)
    filePath = file.path
    if let path = file.path { exchange.atEnd { unlink(path) } }
    return file
  }

  /// Reads what the client has sent already, without waiting: nothing is gained by passing content
  /// on in pieces that is there as a whole, and what is kept can be sent again.
  ///
  /// Content that is larger than `client_body_buffer_size` is left alone.
  func readAtHand(_ exchange: Exchange) throws(Failure) {
    let limit = exchange.settings.core.clientBodyBufferSize
    guard case .none = storage, receivedByteCount == 0, announcedByteCount ?? 0 <= limit else {
      return
    }
    let buffer = exchange.loop.buffers.take(min(announcedByteCount ?? limit, limit))
    while !isComplete, buffer.count < limit,
      try read(into: buffer, limit: limit - buffer.count, exchange)
    {}
    if isComplete {
      storage = .memory(buffer)
    } else if buffer.isEmpty {
      exchange.loop.buffers.give(buffer)
    } else {
      beginning = buffer
    }
    try checkSize(exchange)
  }

  /// Reads everything into a file with a name; see `client_body_in_file_only`.
  private func readAllIntoFile(_ exchange: Exchange) async throws(Failure) {
    let file = try TemporaryFile(for: exchange, keepsName: true)
    filePath = file.path
    if exchange.settings.core.bodyInFileOnly == .clean, let path = file.path {
      exchange.atEnd { unlink(path) }
    }
    let buffer = exchange.loop.buffers.take(16_384)
    defer { exchange.loop.buffers.give(buffer) }
    while !isComplete {
      try await readSome(into: buffer, limit: 16_384, exchange)
      try checkSize(exchange)
      try file.append(buffer, exchange)
    }
    storage = .file(file.file, byteCount: file.byteCount)
  }

  /// Checks content without an announced length against `client_max_body_size`: what has come, and
  /// what the size of its current chunk promises.
  package func checkSize(_ exchange: Exchange) throws(Failure) {
    let maximum = exchange.settings.core.clientMaxBodySize
    let byteCount = receivedByteCount + decoder.remainingInChunk
    guard maximum > 0, byteCount > maximum else { return }
    exchange.logError(
      .error, "client intended to send too large body: \(byteCount) bytes")
    exchange.isPersistent = false
    throw .status(413)
  }

  private func isContinueExpected(_ exchange: Exchange) -> Bool {
    exchange.request.version >= .http11
      && exchange.request.fields.value(of: .expect, isIgnoringCase: "100-continue")
  }

  /// Reads the rest and forgets it, so that the next request can be read.
  ///
  /// The connection is not persistent afterwards where the client still waits for 100 (Continue):
  /// it may send the content or not, so nobody could tell where the next request begins.
  ///
  /// - Throws: ``Failure/aborted`` where the client is silent for `lingering_timeout`, or sends
  ///   for more than `lingering_time`.
  func discard(_ exchange: Exchange) async throws(Failure) {
    guard !isComplete else { return }
    let core = exchange.settings.core
    let loop = exchange.loop
    let end = loop.deadline(after: Milliseconds(core.lingeringTime.milliseconds))
    let trash = loop.buffers.take(16_384)
    defer { loop.buffers.give(trash) }
    while !isComplete {
      trash.clear()
      let hasMore = try read(into: trash, limit: 16_384, exchange)
      if !hasMore, isContinueOwed(exchange) {
        exchange.isPersistent = false
        return
      }
      if hasMore {
        if rounds.isTurnOver() { await exchange.waiter.yieldToOthers() }
        if isComplete || loop.now < end { continue }
      } else {
        let silence = loop.deadline(after: Milliseconds(core.lingeringTimeout.milliseconds))
        if await exchange.waiter.wait(until: min(end, silence)) == .ready { continue }
      }
      exchange.isPersistent = false
      throw .aborted
    }
  }

  /// Forgets chunks that have come with the head, before a response that does not need them.
  ///
  /// - Throws: 400 where their framing is wrong: the client shall hear that, not an answer to a
  ///   request that it did not send.
  func discardAtHand(_ exchange: Exchange) throws(Failure) {
    guard framing == .chunked, !isComplete, !hasContinued, !hasDiscarded else { return }
    hasDiscarded = true
    guard let input = exchange.connection.input, !input.isEmpty else { return }
    let trash = exchange.loop.buffers.take(16_384)
    defer { exchange.loop.buffers.give(trash) }
    while !isComplete, exchange.connection.input?.isEmpty == false {
      trash.clear()
      try move(exchange, into: trash, limit: 16_384)
      receivedByteCount += trash.count
    }
  }

  /// Gives memory back; the content cannot be used afterwards.
  func release(to exchange: Exchange) {
    if let buffer = beginning.take() { exchange.giveBuffer(buffer) }
    if case .none = storage { return }
    if case .memory(let buffer) = storage { exchange.giveBuffer(buffer) }
    storage = .none
  }
}
