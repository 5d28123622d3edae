import Bytes
import Wire

/// An upstream request in HTTP/1.x.
final class HTTPUpstream: UpstreamRequest, @unchecked Sendable {
  private let target: Lent<ProxyTarget>
  private var rules: Lent<ProxyRequestRules> { target.withObject { Lent($0.rules) } }

  private var framing = MessageFraming.none
  private var remaining = 0
  private var decoder = ChunkedDecoder()
  private var isReusable = false
  private let sendsChunks: Bool
  private var sentMethod = Method.get

  private var announced = AnnouncedContent()
  private var sentByteCount = 0

  init(_ exchange: Exchange, to target: Lent<ProxyTarget>) {
    sendsChunks =
      exchange.body.framing == .chunked && !exchange.body.isComplete
      && target.withObject { $0.rules.sendsChunks }
    exchange.proxyTarget = target
    self.target = target
    super.init(
      exchange, to: target.withObject { Lent($0.upstream) }, resolving: target.host,
      target.withObject { Lent($0.handler) }, owner: target.withObject { Lent($0.owner) })
  }

  override func shownURI(peer: ByteString) -> String {
    target.withObject { $0.shownURI(peer: peer, for: exchange) }
  }

  // MARK: - Request

  override func forgetAttempt() {
    super.forgetAttempt()
    decoder = ChunkedDecoder()
  }

  override func writeHead(to output: ByteBuffer) {
    let body = target.withObject { $0.content(for: exchange) }
    sentByteCount = body?.count ?? 0
    if !copyRequestLine(to: output) {
      writeMethod(to: output)
      output.append(ASCII.space)
      writeURI(to: output)
    }
    target.withObject { $0.writeHost(for: exchange, to: output) }
    announced = target.withObject { $0.writeConfiguredFields(for: exchange, to: output) }
    writeFramingFields(for: body, to: output)
    let cache = exchange.extras?.cache
    if let cache { writeConditions(of: cache, to: output) }
    // Each field so far begins with the end of the line before it.
    output.append("\r\n")
    if settings.passesRequestFields {
      let isForWhole = cache?.isCacheable ?? false
      exchange.withRequestFields { fields in
        target.withObject { $0.writeClientFields(of: fields, forWhole: isForWhole, to: output) }
      }
    }
    output.append("\r\n")
    if let body { output.append(body) }
  }

  /// Copies method and target in one piece, where both stay as the client sent them.
  ///
  /// - Returns: false where they do not, or stand apart.
  @inline(__always)
  private func copyRequestLine(to output: ByteBuffer) -> Bool {
    guard rules.method == nil, exchange.extras?.cache == nil,
      let sent = target.withObject({ $0.sentTarget(of: exchange) })
    else { return false }
    let name = exchange.request.methodName
    guard exchange.method == exchange.request.method, name.end &+ 1 == sent.start else {
      return false
    }
    sentMethod = exchange.method
    exchange.appendOfHead(Int(name.start)..<Int(sent.end), to: output)
    return true
  }

  @inline(__always)
  private func writeMethod(to output: ByteBuffer) {
    if let method = rules.method {
      let name = method.value(for: exchange)
      sentMethod = name.equalsIgnoringCase("head") ? .head : .other
      output.append(name)
    } else if let cache = exchange.extras?.cache, cache.convertsHead {
      sentMethod = .get
      output.append("GET")
    } else {
      sentMethod = exchange.method
      exchange.appendMethodName(to: output)
    }
  }

  /// The path and query that the upstream server is asked for; see "proxy_pass".
  private func writeURI(to output: ByteBuffer) {
    target.withObject { $0.writeURI(for: exchange, to: output) }
  }

  /// - Parameter body: What takes the place of the client's content.
  @inline(__always)
  private func writeFramingFields(for body: ByteString?, to output: ByteBuffer) {
    if !rules.setsContentLength, !sendsChunks, let length = body?.count ?? contentLength {
      output.append("\r\nContent-Length: ")
      output.append(decimal: length)
      announced.byteCount = length
    }
    if sendsChunks, !rules.setsTransferEncoding {
      output.append("\r\nTransfer-Encoding: chunked")
      announced.hasCoding = true
    }
  }

  /// The length of the client's content; nil where it sent none.
  private var contentLength: Int? {
    if exchange.hasLostContent { return 0 }
    switch exchange.body.framing {
    case .none, .untilClose: return nil
    case .length(let count): return count
    case .chunked: return exchange.body.receivedByteCount
    }
  }

  /// Asks whether a stored response is still good.
  private func writeConditions(of cache: CacheAttempt, to output: ByteBuffer) {
    if !rules.setsIfModifiedSince, let date = cache.confirmedDate {
      output.append("\r\nIf-Modified-Since: ")
      output.append(date)
    }
    if !rules.setsIfNoneMatch, let tag = cache.confirmedTag {
      output.append("\r\nIf-None-Match: ")
      output.append(tag)
    }
  }

  /// What a cache tells responses apart by where the configuration does not say it.
  var standardKey: ByteString {
    exchange.collect {
      $0.append(target.isEncrypted ? "https://" : "http://")
      $0.append(target.upstream.name)
      writeURI(to: $0)
    }
  }

  override func writeContent(_ content: ByteBuffer, to output: ByteBuffer) {
    guard !content.isEmpty else { return }
    sentByteCount += content.count
    if sendsChunks { ChunkedEncoder.appendPrefix(dataCount: content.count, to: output) }
    output.append(content, in: 0..<content.count)
    if sendsChunks { ChunkedEncoder.appendSuffix(to: output) }
    content.consume(content.count)
  }

  override func writeEnd(to output: ByteBuffer) {
    if sendsChunks { ChunkedEncoder.appendEnd(to: output) }
  }

  // MARK: - Response

  override func readHead(_ input: ByteBuffer) throws(UpstreamFailure) -> ResponseHead? {
    do throws(ResponseHeadError) {
      let part = partialHead.take()
      let fields = part?.fields ?? exchange.withServingLoop { $0.takeFields(for: input) }
      var parser = part?.parser ?? ResponseHeadParser(maximumBytes: settings.bufferSize)
      if !input.isEmpty { fields.buffer.takeBytes(of: input) }
      if try parser.advance(fields) { return try parser.head(consume fields) }
      partialHead = PartialHead(fields: fields, parser: parser)
      return nil
    } catch {
      throw .invalid("\(error.logMessage)")
    }
  }

  override func startContent(
    after head: ResponseHead, _ options: ConnectionOptions
  ) throws(UpstreamFailure) -> Int? {
    do throws(FramingError) {
      framing = try MessageFraming.ofResponse(
        head.fields, status: head.status, to: sentMethod)
      isReusable =
        rules.version >= .http11 && framing != .untilClose
        && head.version >= .http11 && options.persists(in: head.version)
      switch framing {
      case .length(let count):
        remaining = count
        return count
      case .none: return try MessageFraming.contentLength(in: head.fields)
      case .chunked, .untilClose: return nil
      }
    } catch {
      throw .invalid("\(error.responseLogMessage)")
    }
  }

  override var hasNoContent: Bool { framing == .none || (framing == .length(0)) }

  override func nextRun(of input: ByteBuffer) throws(UpstreamFailure) -> ContentRun {
    switch framing {
    case .none: return ContentRun(framing: 0, content: 0, isEnd: true)
    case .length:
      let count = min(remaining, input.count)
      remaining -= count
      return ContentRun(framing: 0, content: count, isEnd: remaining == 0)
    case .untilClose: return ContentRun(framing: 0, content: input.count, isEnd: false)
    case .chunked:
      do throws(ChunkedError) {
        let step = try input.withSpan { (bytes) throws(ChunkedError) in try decoder.step(bytes) }
        return ContentRun(framing: step.framing, content: step.data, isEnd: step.isEnd)
      } catch {
        throw .invalid("upstream sent invalid chunked response")
      }
    }
  }

  override var endsWithConnection: Bool { framing == .untilClose }

  override var isConnectionReusable: Bool { isReusable && isRequestWhole }

  /// Whether the server has got as much content as the head announced, so that it will not take the
  /// next request for the rest of this one.
  private var isRequestWhole: Bool {
    if sendsChunks { return announced.hasCoding && announced.byteCount == nil }
    return !announced.hasCoding && sentByteCount == announced.byteCount ?? 0
  }
}
