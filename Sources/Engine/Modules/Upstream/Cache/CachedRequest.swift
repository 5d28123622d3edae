import Bytes
import Sockets
import Wire

/// The road of a request where a cache stands in front of the servers.
///
/// look up → serve the file; or ask the servers, and store what they answer while it goes to the
/// client. A stored response that is too old stays at hand until the servers have answered.
extension UpstreamRequest {
  /// Answers from the cache, or asks the servers and stores the response.
  ///
  /// - Parameters:
  ///   - handler: Who answers the location; it renews responses in the background.
  ///   - standardKey: The key where the configuration gives none.
  func run(
    _ policy: CachePolicy, by handler: some Handler, standardKey: () -> ByteString
  ) async throws(Failure) -> HandlerOutcome {
    guard policy.settings.methods.contains(exchange.method),
      let zone = try policy.zone(for: exchange),
      let key = policy.key(for: exchange, standard: standardKey)
    else { return try await run() }
    let attempt = CacheAttempt(
      exchange, policy, zone, key: key, convertsHead: policy.convertsHead)
    exchange.madeExtras.cache = attempt
    cache = attempt
    keeper = attempt
    defer {
      attempt.release()
      cache = nil
      keeper = nil
      exchange.extras?.cache = nil
    }
    switch try await lookUp(attempt) {
    case .fails(let status):
      release()
      throw .status(status)
    case .serves(let response, let renews):
      if renews, let endUpdate = attempt.handOverUpdate() {
        exchange.startUpdate(by: handler, ended: endUpdate)
      }
      release()
      return try await send(response)
    case .asks: return try await ask(attempt)
    }
  }

  private func lookUp(_ attempt: CacheAttempt) async throws(Failure) -> CacheAttempt.Verdict {
    do throws(Failure) {
      return try await attempt.lookUp()
    } catch {
      release()
      throw error
    }
  }

  /// Asks the servers; the stored response answers where it may and they do not.
  private func ask(_ attempt: CacheAttempt) async throws(Failure) -> HandlerOutcome {
    do throws(Failure) {
      let outcome = try await run()
      guard case .declined = outcome, let stored = attempt.stored else { return outcome }
      if attempt.status == .revalidated { attempt.renewStored() }
      return try await send(stored)
    } catch {
      if !exchange.response.isHeadSent, let refusal,
        let stored = attempt.takeStored(insteadOf: refusal)
      {
        return try await send(stored)
      }
      if !exchange.response.isHeadSent { attempt.noteFailure(error) }
      throw error
    }
  }

  // MARK: - The servers' response

  /// Looks what becomes of a response.
  ///
  /// - Returns: `.declined` where the stored one takes its place; nil where it goes on.
  func meet(
    _ head: ResponseHead, _ options: ConnectionOptions, _ cache: CacheAttempt
  ) throws(UpstreamFailure) -> HandlerOutcome? {
    guard case .replacedByStored = cache.judge(head) else { return nil }
    _ = try startContent(after: head, options)
    isContentComplete = hasNoContent
    finishConnection()
    return .declined
  }

  /// Starts to store a response, and lets conditions and ranges be judged here.
  func startStoring(_ head: ResponseHead, _ cache: CacheAttempt) {
    if cache.governsResponse { exchange.response.takeOver(head, isWhole: false) }
    // nginx: what is passed on unbuffered is not stored.
    if isBuffering { cache.startStoring(head) { head.storedText } } else { cache.refuse() }
    guard cache.convertsHead, !cache.isStoring else { return }
    // The content of what was to be a HEAD request is of no use to anybody.
    closeConnection()
    isContentComplete = true
  }

  // MARK: - The stored response

  /// Sends a stored response.
  private func send(_ stored: StoredResponse) async throws(Failure) -> HandlerOutcome {
    let response = exchange.response
    exchange.upstreamResponse = stored.head
    applyAdvice(stored.head)
    copyHead(stored.head, length: length(of: stored))
    response.takeOver(stored.head, isWhole: true)
    if settings.forcesRanges { response.forceRanges(oneOnly: false) }
    try exchange.sendHead()
    if let content = stored.content, !response.isHeadOnly {
      guard response.bodyFilters.isEmpty else {
        try exchange.endBody(last: content)
        return .responded
      }
      stored.content = nil
      try exchange.send(taking: content)
    } else if stored.stored.contentCount > 0 {
      try await exchange.send(
        FilePart(
          stored.file, offset: stored.stored.contentStart, count: stored.stored.contentCount))
    }
    try exchange.endBody()
    return .responded
  }

  /// The length of the content where the server told it.
  ///
  /// A response to `HEAD` has been stored without the content whose length it tells.
  private func length(of stored: StoredResponse) -> Int? {
    let count = stored.stored.contentCount
    guard let told = try? MessageFraming.contentLength(in: stored.head.fields) else { return nil }
    return exchange.method == .head ? told : count
  }
}

extension Response {
  /// Lets ranges be cut, whether or not the server offers them.
  func forceRanges(oneOnly: Bool) {
    fields.remove(.acceptRanges)
    allowsRanges = true
    allowsOneRangeOnly = oneOnly
  }

  /// Lets conditions and ranges be judged here, for a response that is stored.
  ///
  /// - Parameter isWhole: Whether all content is at hand, so that several ranges may be sent.
  func takeOver(_ head: ResponseHead, isWhole: Bool) {
    allowsConditions = true
    if fields.contains(.acceptRanges) {
      fields.remove(.acceptRanges)
      allowsRanges = true
      allowsOneRangeOnly = !isWhole
    }
    guard [200, 206, 304].contains(status), let date = fields.value(of: .lastModified),
      let time = HTTPDate.parse(date)
    else { return }
    fields.remove(.lastModified)
    lastModified = time
  }
}

extension ResponseHead {
  /// The head as it is stored: as HTTP/1.1 writes it, without what concerned the connection.
  fileprivate var storedText: ByteString {
    let text = ByteBuffer(capacity: byteCount + 32)
    text.append("HTTP/1.1 ")
    if statusText.isEmpty {
      Status.append(status, to: text)
    } else {
      text.append(buffer, in: statusText.range)
    }
    text.append("\r\n")
    var copying = FieldLineCopying()
    fields.forEach { line in
      switch line.known {
      case .transferEncoding, .connection, .keepAlive, .status: return
      default: copying.append(line, of: buffer, to: text)
      }
    }
    copying.finish(from: buffer, to: text)
    text.append("\r\n")
    return text.allBytes
  }
}

extension Exchange {
  /// Renews a stored response beside this request.
  ///
  /// - Parameter ended: Is called in any case, whether or not the renewal came to a server.
  fileprivate func startUpdate(by handler: some Handler, ended: @escaping () -> Void) {
    let isStarted = startCopy { copy in
      copy.madeExtras.isCacheUpdate = true
      _ = try? await handler.respond(to: copy)
    } ended: { _ in
      ended()
    }
    if !isStarted { ended() }
  }
}
