import Bytes
import Sockets
import Wire

/// The direction from the upstream server to the client, and the waiting of both.
extension UpstreamRequest {
  /// What an attempt to move bytes came to.
  enum Movement {
    case finished(HandlerOutcome)
    /// Bytes keep flowing: let others run, then go on.
    case isTurnOver
    /// Nothing moved.
    case waits
  }

  /// How many interim responses an attempt may bring.
  private static var maximumInterimCount: Int { 16 }

  /// How often content is read in one round.
  private static var maximumReads: Int { 8 }

  // MARK: - The head

  /// Sends the request and reads the head of the response.
  ///
  /// - Returns: nil where more must be awaited.
  @inline(__always)
  func awaitHead(on stream: ByteStream) throws(UpstreamFailure) -> ResponseHead? {
    while true {
      let moved = try pumpRequest(to: stream)
      if let head = try pumpHead(from: stream) { return head }
      if isRequestSent || !moved { return nil }
    }
  }

  /// Reads with a buffer that is taken when there is something to read: most requests wait without.
  @inline(__always)
  private func pumpHead(from stream: ByteStream) throws(UpstreamFailure) -> ResponseHead? {
    guard stream.isReadyToRead else {
      try check(stream.absence, of: stream)
      return nil
    }
    let buffer = headInput.take() ?? exchange.takeBuffer(16_384)
    while true {
      let outcome = stream.read(into: buffer, minimumRoom: 4096)
      guard case .bytes(let count) = outcome else {
        keepHeadInput(buffer)
        try check(outcome, of: stream)
        return nil
      }
      attempt.bytesReceived += count
      lastRead = loop.now
      if let head = try readFinalHead(buffer) {
        take(head, readInto: buffer)
        return head
      }
    }
  }

  /// Throws where there is nothing to be read any more.
  private func check(_ outcome: ReadOutcome, of stream: ByteStream) throws(UpstreamFailure) {
    switch outcome {
    case .bytes, .wouldBlock: return
    case .end: throw .prematureEnd
    case .failed(let code): throw .connection(stream.readFailure(code))
    }
  }

  /// Reads a head; an interim response is nothing for the client (RFC 9110, section 15.2).
  @inline(__always)
  private func readFinalHead(_ buffer: ByteBuffer) throws(UpstreamFailure) -> ResponseHead? {
    while !buffer.isEmpty, let head = try readHead(buffer) {
      if head.status / 100 != 1 || head.status == 101 { return head }
      interimCount += 1
      guard interimCount <= UpstreamRequest.maximumInterimCount else {
        throw .tooManyInterimResponses
      }
      buffer.append(head.buffer, in: head.byteCount..<head.buffer.count)
      exchange.connection.servingLoop.giveBack(head.fields)
    }
    return nil
  }

  private func keepHeadInput(_ buffer: consuming ByteBuffer) {
    if buffer.isEmpty { exchange.giveBuffer(buffer) } else { headInput = buffer }
  }

  /// Leaves the head its buffer and goes on with the bytes behind it in another.
  ///
  /// - Parameter buffer: What was read; the head's buffer, unless that is one of its own.
  @inline(__always)
  private func take(_ head: ResponseHead, readInto buffer: consuming ByteBuffer) {
    let owned = head.buffer
    makeInputRoom(for: owned.count - head.byteCount)
    input.append(owned, in: head.byteCount..<owned.count)
    owned.truncate(to: head.byteCount)
    if buffer !== owned { exchange.giveBuffer(buffer) }
    hasHead = true
  }

  // MARK: - The content

  /// Passes content on until it is complete.
  ///
  /// - Returns: nil where it is; otherwise why there was no more to do.
  @inline(__always)
  func relay(from stream: ByteStream) throws(UpstreamFailure) -> Movement? {
    while !isContentComplete {
      let sent = try pumpRequest(to: stream)
      let received = try pumpContent(from: stream)
      if isContentComplete { break }
      let delivered = try deliver()
      if !sent, !received, !delivered { return .waits }
      if rounds.isTurnOver() { return .isTurnOver }
    }
    do throws(Failure) {
      try exchange.endBody()
    } catch {
      throw .exchange(error)
    }
    return nil
  }

  /// How much may wait for the client before reading ahead stops.
  private var readAheadLimit: Int {
    isBuffering ? max(settings.buffers.total, settings.bufferSize) : settings.bufferSize
  }

  /// How much is read at once, in bytes.
  ///
  /// Large content is worth fewer system calls; no more than this goes beyond ``readAheadLimit``.
  private var readSize: Int {
    guard isBuffering else { return min(16_384, readAheadLimit) }
    return exchange.response.contentLength ?? .max > 32_768 ? 65_536 : 16_384
  }

  /// How much `proxy_limit_rate` lets be read now, in bytes.
  private var readAllowance: Int {
    readLimit.rate > 0 ? readLimit.allowance(after: attempt.responseLength, at: loop.now) : .max
  }

  private func pumpContent(from stream: ByteStream) throws(UpstreamFailure) -> Bool {
    var moved = try moveContent()
    // Content that never reaches the output must not keep the loop from its other connections.
    var reads = 0
    while !isContentComplete, exchange.connection.output.queuedByteCount < readAheadLimit,
      reads < UpstreamRequest.maximumReads
    {
      let allowance = readAllowance
      guard allowance > 0 else { return moved }
      reads += 1
      let size = min(readSize, allowance)
      makeInputRoom(for: size)
      switch stream.read(into: input, minimumRoom: size, atMost: allowance) {
      case .bytes(let count):
        attempt.bytesReceived += count
        lastRead = loop.now
        moved = true
        _ = try moveContent()
      case .wouldBlock: return moved
      case .end:
        guard endsWithConnection else {
          throw .prematureEnd
        }
        isContentComplete = true
        return true
      case .failed(let code):
        throw .connection(stream.readFailure(code))
      }
    }
    return moved
  }

  /// Goes on with a larger buffer where content does not fit into the input.
  private func makeInputRoom(for count: Int) {
    guard input.capacity - input.count < count else { return }
    let larger = exchange.takeBuffer(input.count + count)
    larger.append(input, in: 0..<input.count)
    larger.swapBytes(with: input)
    exchange.giveBuffer(larger)
  }

  /// Moves the content at the front of the input to the client's output.
  @inline(__always)
  private func moveContent() throws(UpstreamFailure) -> Bool {
    var moved = false
    while !isContentComplete {
      let run = try nextRun(of: input)
      if run.framing > 0 { input.consume(run.framing) }
      if run.content > 0 {
        moved = true
        attempt.responseLength += run.content
        if let keeper { keeper.append(input, count: run.content) }
        try send(run.content)
      }
      if run.isEnd { isContentComplete = true }
      if run.framing == 0, run.content == 0 { break }
    }
    return moved
  }

  private func send(_ count: Int) throws(UpstreamFailure) {
    do throws(Failure) {
      // Little content is copied; much of it changes hands with its buffer.
      if count == input.count, count > 2048 {
        let whole = exchange.takeBuffer(readSize)
        whole.swapBytes(with: input)
        try exchange.send(taking: whole)
      } else {
        try exchange.send(input, count: count)
      }
    } catch {
      throw .exchange(error)
    }
  }

  /// Sends to the client what it takes.
  private func deliver() throws(UpstreamFailure) -> Bool {
    let output = exchange.connection.output
    let before = output.sentByteCount
    let wasFull = output.queuedByteCount >= readAheadLimit
    switch exchange.flushOutput() {
    case .drained, .wouldBlock, .turnOver: break
    case .failed(let code):
      exchange.logSendFailure(code)
      if keeper?.isStoring ?? false {
        exchange.forgetClient()
        return true
      }
      throw .exchange(.aborted)
    }
    guard output.sentByteCount > before else { return false }
    lastDelivery = loop.now
    // Nothing was read as long as too much waited: the server was not the one that was silent.
    if wasFull, output.queuedByteCount < readAheadLimit { lastRead = loop.now }
    return true
  }

  // MARK: - Waiting

  /// A wait for news of either side.
  struct Wait {
    let deadline: Milliseconds

    /// Who has been silent for too long when the deadline comes.
    let silence: Silence

    /// Whether the client is offered nothing meanwhile, for `limit_rate`.
    let isPause: Bool
  }

  /// Looks whether the client is still there, and how long to wait.
  @inline(__always)
  func prepareWait() throws(UpstreamFailure) -> Wait {
    try checkClient()
    let (deadline, silence) = nextDeadline
    return Wait(
      deadline: deadline, silence: silence,
      isPause: !exchange.connection.output.isEmpty && exchange.sendingPause != nil)
  }

  /// Goes on after a wait, or gives up.
  @inline(__always)
  func judge(_ outcome: WaitOutcome, of wait: Wait) throws(UpstreamFailure) {
    // A client that was offered nothing was not silent.
    if wait.isPause { lastDelivery = loop.now }
    switch outcome {
    case .ready: return
    case .interrupted: throw .exchange(.aborted)
    case .timedOut: try end(wait.silence)
    }
  }

  /// What has been awaited for too long.
  enum Silence {
    case peer, requestBody, client
    /// Our own, for `limit_rate`.
    case pause
    /// Likewise, for `proxy_limit_rate`.
    case readPause
  }

  @inline(never)
  private func end(_ silence: Silence) throws(UpstreamFailure) {
    switch silence {
    case .peer: throw .timeout
    case .client: throw .exchange(exchange.clientTimedOut())
    case .pause: return
    case .readPause: lastRead = loop.now
    case .requestBody: throw .exchange(exchange.body.timedOut(exchange))
    }
  }

  /// nginx: a client that is gone ends the upstream request, unless that is told to go on.
  private func checkClient() throws(UpstreamFailure) {
    let client = exchange.connection.stream
    guard client.socket.isHungUp, !settings.ignoresClientAbort, !(keeper?.outlivesClient ?? false)
    else { return }
    exchange.logError(
      .info,
      "client prematurely closed connection, so upstream connection is closed too "
        + "while \(phase.rawValue)",
      upstream: shownURI(peer: peerName))
    throw .exchange(.aborted)
  }

  /// The first point of time at which somebody has been silent for too long, and whose fault it is.
  @inline(__always)
  private var nextDeadline: (Milliseconds, Silence) {
    var first: (Milliseconds, Silence) = (.max, .peer)
    func consider(_ start: Milliseconds, _ span: TimeSpan, _ silence: Silence) {
      let deadline = start + Milliseconds(span.milliseconds)
      if deadline < first.0 { first = (deadline, silence) }
    }
    // Who is not read from is not silent.
    let isReadPaused = hasHead && readAllowance <= 0
    if !isRequestSent, !hasSendFailed {
      if output?.isEmpty ?? true {
        consider(
          lastDelivery == 0 ? lastWrite : lastDelivery, exchange.settings.core.clientBodyTimeout,
          .requestBody)
      } else {
        consider(lastWrite, settings.sendTimeout, .peer)
      }
    } else if !isReadPaused,
      exchange.connection.output.queuedByteCount < readAheadLimit || !hasHead
    {
      consider(lastRead, settings.readTimeout, .peer)
    }
    if isReadPaused {
      let pause = readLimit.pause(for: readAllowance)
      consider(loop.now, .milliseconds(Int(pause)), .readPause)
    }
    guard !exchange.connection.output.isEmpty else { return first }
    if let pause = exchange.sendingPause {
      if loop.now + pause < first.0 { first = (loop.now + pause, .pause) }
    } else {
      consider(lastDelivery, exchange.settings.core.sendTimeout, .client)
    }
    return first
  }
}
