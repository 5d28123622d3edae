package import Bytes
import Sockets
import Wire

/// Sending a response: the head through the header filters, the body through the body filters and
/// into the framing that the head announced.
extension Exchange {
  /// Decides about framing and persistence and puts the head into the output.
  package func sendHead() throws(Failure) {
    precondition(!response.isHeadSent)
    if !body.isComplete, errorStatus == nil, response.status < 400, !isSubrequest {
      try body.discardAtHand(self)
    }
    if let errorStatus {
      response.status = errorStatus
      response.reason = nil
    }
    // nginx: what a client gets is changed once, not also where it was taken from.
    try lentLocation.withObject { (location) throws(Failure) in try location.filterHead(of: self) }
    // The location's settings count, not those of the server where the search for it began.
    if isPersistent, !allowsPersistence { isPersistent = false }
    decideFraming()
    response.isHeadSent = true
    // A simple request gets a body and no head (RFC 1945, section 5).
    guard request.version > .http09, !isSubrequest else { return }
    write(expecting: 512 + response.lineByteCount) {
      let start = $0.count
      ResponseHeadWriter.write(response, of: self, to: $0)
      response.headByteCount = $0.count - start
    }
  }

  /// Lets a closure append to what waits to be sent; see ``ClientOutput/write(expecting:_:)``.
  private func write(expecting byteCount: Int, _ body: (ByteBuffer) -> Void) {
    withOutput { $0.write(expecting: byteCount, body) }
  }

  @inline(__always)
  private func decideFraming() {
    let status = response.status
    response.isHeadOnly =
      method == .head || request.method == .head && !isSubrequest
      || status == 204 || status == 304 || status / 100 == 1
    if status == 204 || status / 100 == 1 { response.contentLength = nil }
    if status == 204 { response.contentType = nil }
    if ![200, 206, 304].contains(status) { response.lastModified = nil }
    if !response.trailers.isEmpty, !response.isHeadOnly, request.version >= .http11,
      settings.core.allowsChunks
    {
      // Only the chunked coding has room for trailers (RFC 9112, section 7.1.2).
      response.contentLength = nil
    }
    // What was under way when the program was told to stop is the connection's last response.
    if connection.isLeaving { isPersistent = false }
    // nginx: without content no coding is announced, not even to HEAD.
    guard response.contentLength == nil, !response.isHeadOnly else { return }
    if request.version >= .http11, settings.core.allowsChunks, !isSubrequest {
      response.isChunked = true
    } else {
      isPersistent = false
    }
  }

  /// Appends a part of the body; the buffer's bytes are consumed.
  package func send(_ buffer: ByteBuffer) throws(Failure) {
    guard response.isHeadSent, !response.isHeadOnly, !buffer.isEmpty else {
      return buffer.consume(buffer.count)
    }
    if response.bodyFilters.isEmpty {
      appendFramed(buffer, in: 0..<buffer.count)
      buffer.consume(buffer.count)
    } else {
      try filter(buffer, isLast: false)
    }
  }

  /// Appends the first bytes of a buffer to the body and consumes them.
  package func send(_ buffer: ByteBuffer, count: Int) throws(Failure) {
    guard response.isHeadSent, !response.isHeadOnly, !response.bodyFilters.isEmpty else {
      if !response.isHeadOnly { appendFramed(buffer, in: 0..<count) }
      return buffer.consume(count)
    }
    let part = loop.buffers.take(count)
    part.append(buffer, in: 0..<count)
    buffer.consume(count)
    try filter(part, isLast: false)
    loop.buffers.give(part)
  }

  /// Appends a part of the body.
  package func send(_ text: ByteString) throws(Failure) {
    let buffer = loop.buffers.take(text.count)
    buffer.append(text)
    try send(buffer)
    loop.buffers.give(buffer)
  }

  /// Appends a whole buffer without copying it where no filter and no framing is in the way.
  package func send(taking buffer: ByteBuffer) throws(Failure) {
    guard response.bodyFilters.isEmpty, response.selection == nil, !response.isHeadOnly,
      // A large buffer with little in it would cost a slow client's connection too much memory.
      buffer.count > 2048, buffer.count >= buffer.capacity / 2
    else {
      try send(buffer)
      return loop.buffers.give(buffer)
    }
    response.bodyByteCount += buffer.count
    if response.isChunked {
      connection.output.write(expecting: 16) {
        ChunkedEncoder.appendPrefix(dataCount: buffer.count, to: $0)
      }
      connection.output.append(taking: buffer)
      connection.output.write(expecting: 64) { ChunkedEncoder.appendSuffix(to: $0) }
    } else {
      connection.output.append(taking: buffer)
    }
  }

  /// Appends a part of a file; filters read it, otherwise the kernel sends it.
  package func send(_ part: FilePart) async throws(Failure) {
    guard !response.isHeadOnly else { return }
    guard response.takesFiles else { return try await sendThroughMemory(part) }
    queue(part)
  }

  /// Appends a part of a file, which the kernel sends.
  func queue(_ part: FilePart) {
    guard let selection = response.selection else {
      response.bodyByteCount += part.count
      return connection.output.append(part)
    }
    for piece in selection.pieces(ofNext: part.count) {
      switch piece {
      case .text(let text): append(text)
      case .body(let range):
        response.bodyByteCount += range.count
        connection.output.append(
          FilePart(part.file, offset: part.offset + range.lowerBound, count: range.count))
      }
    }
  }

  /// Appends text between the parts of a `multipart/byteranges` body.
  private func append(_ text: ByteString) {
    response.bodyByteCount += text.count
    connection.output.write(expecting: text.count) { $0.append(text) }
  }

  private func sendThroughMemory(_ part: FilePart) async throws(Failure) {
    let buffer = loop.buffers.take(32_768)
    defer { loop.buffers.give(buffer) }
    while part.count > 0 {
      guard part.read(into: buffer) else { throw .aborted }
      try send(buffer)
      if connection.output.queuedByteCount > 65_536 { try await drainOutput() }
    }
  }

  /// Completes the body.
  ///
  /// - Parameter last: The last part, which filters get together with the end.
  package func endBody(last: ByteBuffer? = nil) throws(Failure) {
    if !response.isHeadOnly {
      if !response.bodyFilters.isEmpty {
        let part = last ?? loop.buffers.take(1)
        let isEnded = try filter(part, from: 0, isLast: true)
        if last == nil { loop.buffers.give(part) }
        guard isEnded else { return }
      }
      endFraming()
    }
    response.isComplete = true
  }

  @inline(__always)
  private func endFraming() {
    guard response.isChunked else { return }
    // One by one, since a value may tell of those before it; see `$sent_trailer_…`.
    for (name, value) in response.trailers {
      response.sentTrailers.append((name, value.value(for: self)))
    }
    let trailers = response.sentTrailers
    connection.output.write(expecting: 8) {
      ChunkedEncoder.appendEnd(trailers: trailers, to: $0)
    }
  }

  /// Passes on what a body filter has later than its input.
  ///
  /// - Parameter isLast: Whether that was all: the body is complete then.
  func pass(
    _ buffer: ByteBuffer, behind late: any BodyFilter, isLast: Bool
  ) throws(Failure) {
    guard !response.isComplete, let index = response.bodyFilters.firstIndex(where: { $0 === late })
    else { return }
    if !response.isHeadOnly {
      guard try filter(buffer, from: index + 1, isLast: isLast), isLast else { return }
      endFraming()
    }
    if isLast { response.isComplete = true }
  }

  private func filter(_ buffer: ByteBuffer, isLast: Bool) throws(Failure) {
    _ = try filter(buffer, from: 0, isLast: isLast)
  }

  /// Sends a part of the body through the filters from one on.
  ///
  /// - Returns: Whether the end has come through, too.
  private func filter(
    _ buffer: ByteBuffer, from start: Int, isLast: Bool
  ) throws(Failure) -> Bool {
    var isLast = isLast
    var input = buffer
    var owned: ByteBuffer?
    for filter in response.bodyFilters.dropFirst(start) {
      let output = loop.buffers.take(max(4096, input.count))
      try filter.filter(input, into: output, isLast: isLast)
      if isLast, filter.putsOffEnd { isLast = false }
      if let owned { loop.buffers.give(owned) }
      owned = output
      input = output
    }
    if !input.isEmpty { appendFramed(input, in: 0..<input.count) }
    if let owned { loop.buffers.give(owned) }
    return isLast
  }

  private func appendFramed(_ buffer: ByteBuffer, in range: Range<Int>) {
    guard let selection = response.selection else { return appendUnselected(buffer, in: range) }
    for piece in selection.pieces(ofNext: range.count) {
      switch piece {
      case .text(let text): append(text)
      case .body(let part):
        let start = range.lowerBound + part.lowerBound
        appendUnselected(buffer, in: start..<start + part.count)
      }
    }
  }

  @inline(__always)
  private func appendUnselected(_ buffer: ByteBuffer, in range: Range<Int>) {
    response.bodyByteCount += range.count
    write(expecting: range.count + 32) {
      if response.isChunked { ChunkedEncoder.appendPrefix(dataCount: range.count, to: $0) }
      $0.append(buffer, in: range)
      if response.isChunked { ChunkedEncoder.appendSuffix(to: $0) }
    }
  }

  /// Sends a complete response whose body is at hand.
  package func respond(
    status: Int, contentType: ByteString?, body: ByteString
  ) throws(Failure) -> HandlerOutcome {
    response.status = status
    response.contentType = contentType
    response.contentLength = body.count
    try sendHead()
    try send(body)
    try endBody()
    return .responded
  }

  /// Whether the connection to the client has failed or closed altogether; a client that has only
  /// shut down its own side may still read.
  var hasLostClient: Bool { connection.stream.socket.isBroken || connection.stream.isClosed }

  /// Goes on without the client, which is gone: what is sent is dropped.
  func forgetClient() {
    connection.output.discard()
    response.isHeadOnly = true
    isPersistent = false
  }

  /// Gives up memory that is not needed any more, since the exchange will live for long.
  ///
  /// The head of the response has been sent, so only variables may ask for fields.
  func becomeLasting() {
    request.fields.shrinkToFit()
    if !site.showsSentFields { response.fields.removeAll() }
    response.fields.shrinkToFit()
    if site.showsUpstreamFields {
      upstreamResponse?.fields.shrinkToFit()
    } else {
      giveUpstreamResponseBack()
    }
  }

  /// Gives back what the exchange holds; it must not be used afterwards.
  func end() {
    if extras != nil { runEndings() }
    withServingLoop { $0.requestEnded() }
    // Requests beside this one still read its head and its body.
    guard !hasBackgroundRequests else { return }
    body.release(to: self)
    let path = takePath()
    withServingLoop {
      $0.giveBack(response)
      $0.giveBack(request.fields)
      $0.giveBack(path: path)
    }
    giveUpstreamResponseBack()
  }

  /// Gives back the head of the upstream response, when nobody reads it any more.
  func giveUpstreamResponseBack() {
    guard let fields = upstreamResponse.take()?.fields else { return }
    withServingLoop { $0.giveBack(fields) }
  }
}
