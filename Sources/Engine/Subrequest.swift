import Bytes
import Sockets
import Wire

/// Where the output of a request goes that the program makes itself.
final class OutputCollector {
  /// What has been collected; nil where the output is of no interest.
  let buffer: ByteBuffer?

  /// Whether there was more than may be collected; what is in the buffer is of no use then.
  private(set) var isOverfull = false

  /// The most that is collected, in bytes: what programs put together from parts is not that long.
  static let maximumByteCount = 64 << 20

  /// Collects the output, or forgets it.
  init(keepsOutput: Bool) { buffer = keepsOutput ? ByteBuffer(capacity: 4096) : nil }

  /// - Returns: false where it is too much.
  func take(_ bytes: ByteBuffer) -> Bool {
    guard let buffer else { return true }
    guard hasRoom(for: bytes.count) else { return false }
    buffer.append(bytes, in: 0..<bytes.count)
    return true
  }

  /// - Returns: false where the file ends early, and where it is too much.
  func take(_ part: FilePart) -> Bool {
    guard let buffer else { return true }
    guard hasRoom(for: part.count) else { return false }
    while part.count > 0 {
      guard part.read(into: buffer) else { return false }
    }
    return true
  }

  private func hasRoom(for count: Int) -> Bool {
    let collected = buffer?.count ?? 0
    if collected + count > OutputCollector.maximumByteCount { isOverfull = true }
    return !isOverfull
  }
}

/// What a request does that runs beside another; it never leaves the loop of both.
private final class BackgroundWork: @unchecked Sendable {
  let run: () async -> Void

  init(_ run: @escaping () async -> Void) { self.run = run }
}

/// Requests that the program makes itself while it answers a client: nginx's subrequests.
///
/// Such a request goes down the same road as a client's, from the server's rewrite steps on, with
/// the client's fields and the method `GET`. Its output goes to an ``OutputCollector``.
extension Exchange {
  /// How deep requests may make requests; nginx's `NGX_HTTP_MAX_SUBREQUESTS`.
  private static var maximumDepth: Int { 50 }

  private var depth: Int {
    lineage.reduce(0) { count, _ in count + 1 }
  }

  /// Makes a request and waits for its end.
  ///
  /// - Returns: The request with its response; nil where requests make requests in a circle. The
  ///   caller calls ``endSubrequest()`` when it has seen enough.
  func subrequest(
    _ target: ByteString, body: RequestBody = RequestBody(.none), keepsOutput: Bool = false
  ) async -> (exchange: Exchange, output: ByteBuffer?)? {
    let collector = OutputCollector(keepsOutput: keepsOutput)
    let (path, query) = target.splitAtQuestionMark
    guard let exchange = makeSubrequest(path, query, body, collector) else { return nil }
    await exchange.runSubrequest()
    return (exchange, completeOutput(of: collector, path))
  }

  /// Makes a request that runs beside this one.
  ///
  /// - Parameters:
  ///   - body: The content; nil takes that of this request.
  ///   - ended: Gets the request with its response, and what it has sent; nil where that was too
  ///     much.
  /// - Returns: false where requests make requests in a circle.
  @discardableResult
  func startSubrequest(
    _ path: ByteString, query: ByteString?, method: Method = .get, body: RequestBody? = nil,
    keepsOutput: Bool = false, ended: @escaping (Exchange, ByteBuffer?) -> Void = { _, _ in }
  ) -> Bool {
    let collector = OutputCollector(keepsOutput: keepsOutput)
    guard let request = makeSubrequest(path, query, body ?? self.body, collector) else {
      return false
    }
    request.method = method
    runBeside(request) {
      await request.runSubrequest()
      ended(request, self.completeOutput(of: collector, path))
    }
    return true
  }

  /// Makes a copy of this request, which runs beside it in the same location; its response is
  /// forgotten.
  ///
  /// - Parameters:
  ///   - body: Answers the copy.
  ///   - ended: Gets what the copy has sent; nil where that was too much.
  /// - Returns: false where requests make requests in a circle.
  @discardableResult
  func startCopy(
    keepsOutput: Bool = false, answeredBy body: @escaping (Exchange) async -> Void,
    ended: @escaping (ByteBuffer?) -> Void = { _ in }
  ) -> Bool {
    let collector = OutputCollector(keepsOutput: keepsOutput)
    guard let copy = makeSubrequest(path, query, self.body, collector) else { return false }
    copy.method = method
    copy.isInternal = isInternal
    copy.isPathOfLocation = isPathOfLocation
    copy.location = location
    copy.captures = captures
    copy.hasOriginalPath = hasOriginalPath
    runBeside(copy) {
      await body(copy)
      _ = copy.connection.output.flush()
      ended(self.completeOutput(of: collector, copy.path))
      if copy.settings.log.logsSubrequests { Pipeline.log(copy) }
    }
    return true
  }

  /// Starts a task for a request beside this one, which waits for its end before it ends itself.
  ///
  /// So do those that this one was made for: all of them lend it the client's head.
  private func runBeside(_ request: Exchange, _ run: @escaping () async -> Void) {
    for one in lineage { one.madeExtras.backgroundRequestCount += 1 }
    let work = BackgroundWork(run)
    loop.spawn { [self] in
      await work.run()
      request.endSubrequest()
      for one in lineage {
        one.madeExtras.backgroundRequestCount -= 1
        if !one.hasBackgroundRequests { one.connection.waiter.readinessChanged() }
      }
    }
  }

  /// This request, the one that it was made for, and so on to the client's.
  private var lineage: UnfoldFirstSequence<Exchange> { sequence(first: self, next: \.parent) }

  /// Whether requests that were made beside this one, or beside such a request, have not ended.
  var hasBackgroundRequests: Bool { extras.map { $0.backgroundRequestCount > 0 } ?? false }

  /// Waits until the requests beside this one have ended.
  func finishBackgroundRequests() async {
    while hasBackgroundRequests, await waiter.wait() != .interrupted {}
  }

  /// What a request has sent; nil where that was too much to be collected.
  private func completeOutput(of collector: OutputCollector, _ path: ByteString) -> ByteBuffer? {
    guard collector.isOverfull else { return collector.buffer }
    logError(
      .error, "subrequest \"\(path)\" sent more than \(OutputCollector.maximumByteCount) bytes")
    return nil
  }

  /// - Returns: nil where requests make requests in a circle.
  func makeSubrequest(
    _ path: ByteString, _ query: ByteString?, _ body: RequestBody, _ collector: OutputCollector
  ) -> Exchange? {
    guard depth < Exchange.maximumDepth else {
      logError(.error, "subrequests cycle while processing \"\(path)\"")
      return nil
    }
    return Exchange(beside: self, path: path, query: query, body: body, collector: collector)
  }

  private func runSubrequest() async {
    await Pipeline.answer(self)
    if hasBackgroundRequests { await finishBackgroundRequests() }
    _ = connection.output.flush()
    if settings.log.logsSubrequests { Pipeline.log(self) }
  }

  /// Gives back what the request holds; it must not be used afterwards.
  func endSubrequest() {
    runEndings()
    connection.servingLoop.giveBack(response)
    giveUpstreamResponseBack()
  }
}
