import Bytes
import Sockets
import Wire

/// An upstream request in FastCGI 1.0, to a responder.
final class FastCGIUpstream: UpstreamRequest, @unchecked Sendable {
  private let location: Lent<FastCGIHandler>

  /// What is read, as the error log says it; the request may still be on its way.
  private var readingPhase = UpstreamPhase.readingHead

  // MARK: The response
  private var decoder = FastCGIDecoder()

  /// The bytes of content at the front of the input that have no records around them any more.
  private var plainByteCount = 0

  /// The content that `Content-Length` still promises; nil where it promises nothing.
  private var remaining: Int?

  /// What `Content-Length` of a response to HEAD promises, which is kept by no content at all, too.
  private var lengthForGet: Int?
  private var isEndOfOutput = false
  private var hasEmptyResponse = false
  private var isExcessive = false

  init(
    _ exchange: Exchange, to upstream: Lent<Upstream>, resolving host: UnresolvedHost?,
    _ handler: Lent<UpstreamHandlerSettings>, _ location: Lent<FastCGIHandler>,
    keeping keptUpstream: Upstream? = nil
  ) {
    self.location = location
    super.init(
      exchange, to: upstream, resolving: host, handler,
      owner: location.withObject { Lent($0.owner) }, keeping: keptUpstream)
  }

  override func shownURI(peer: ByteString) -> String {
    peer.hasPrefix("unix:") ? "fastcgi://\(peer):" : "fastcgi://\(peer)"
  }

  override func forgetAttempt() {
    super.forgetAttempt()
    readingPhase = .readingHead
    decoder = FastCGIDecoder()
    plainByteCount = 0
    remaining = nil
    lengthForGet = nil
    isEndOfOutput = false
    hasEmptyResponse = false
    isExcessive = false
  }

  private func log(_ level: LogLevel, _ message: String) {
    exchange.logError(
      level, "\(message) while \(readingPhase.rawValue)", upstream: shownURI(peer: peerName))
  }

  // MARK: - Request

  override func writeHead(to output: ByteBuffer) throws(UpstreamFailure) {
    FastCGIRecord.appendBeginRequest(
      keepsConnection: location.keepsConnections, to: output)
    let start = FastCGIRecord.beginRecord(.parameters, in: output)
    location.withObject { $0.parameters.append(for: exchange, to: output) }
    // nginx: one record must hold them; responders such as php-fpm rely on it.
    guard output.count - start <= FastCGIRecord.maximumContentBytes else {
      exchange.logError(.alert, "fastcgi request record is too big: \(output.count - start)")
      throw .exchange(.status(500))
    }
    FastCGIRecord.endRecord(contentStart: start, in: output)
    FastCGIRecord.appendEnd(of: .parameters, to: output)
  }

  override func writeContent(_ content: ByteBuffer, to output: ByteBuffer) {
    content.withSpan { FastCGIRecord.append(.standardInput, $0, to: output) }
    content.consume(content.count)
  }

  override func writeEnd(to output: ByteBuffer) {
    FastCGIRecord.appendEnd(of: .standardInput, to: output)
  }

  // MARK: - Head of the response

  override func readHead(_ input: ByteBuffer) throws(UpstreamFailure) -> ResponseHead? {
    let part = partialHead.take()
    let fields = part?.fields ?? exchange.withServingLoop { $0.takeFields() }
    var parser =
      part?.parser ?? ResponseHeadParser(form: .cgi, maximumBytes: settings.bufferSize)
    let head = try readHead(input, into: fields, &parser)
    if head == nil { partialHead = PartialHead(fields: fields, parser: parser) }
    return head
  }

  /// - Parameter fields: Of a head that may be cut into several records; its buffer has none.
  private func readHead(
    _ input: ByteBuffer, into fields: Fields, _ parser: inout ResponseHeadParser
  ) throws(UpstreamFailure) -> ResponseHead? {
    while !input.isEmpty {
      let step = try step(input)
      if step.stream == .standardError, step.content > 0 {
        try noteError(input, in: step.framing..<step.framing + step.content, isInHead: true)
      }
      if step.stream == .standardOutput, step.content > 0 {
        fields.buffer.append(input, in: step.framing..<step.framing + step.content)
      }
      input.consume(step.framing + step.content)
      if step.content > 0, step.stream == .standardOutput, let head = try parse(fields, &parser) {
        return try finishHead(head, rest: input)
      }
      if decoder.ending != nil || (step.isEndOfStream && step.stream == .standardOutput) {
        throw .invalid("upstream prematurely closed FastCGI stdout")
      }
    }
    return nil
  }

  private func step(_ input: ByteBuffer) throws(UpstreamFailure) -> FastCGIDecoder.Step {
    do throws(FastCGIError) {
      return try input.withSpan { (bytes) throws(FastCGIError) in try decoder.step(bytes) }
    } catch {
      throw .invalid(error.description)
    }
  }

  private func parse(
    _ fields: Fields, _ parser: inout ResponseHeadParser
  ) throws(UpstreamFailure) -> ResponseHead? {
    do throws(ResponseHeadError) {
      return try parser.parse(fields)
    } catch {
      throw .invalid(error.description(in: fields.buffer))
    }
  }

  /// Puts what has been read ahead behind the head: content first, then the rest of the records.
  private func finishHead(
    _ head: ResponseHead, rest input: ByteBuffer
  ) throws(UpstreamFailure) -> ResponseHead {
    // CGI knows no interim responses (RFC 3875, section 6.3.3).
    guard head.status >= 200 else {
      throw .invalid("upstream sent invalid status \"\(head.status)\"")
    }
    plainByteCount = head.buffer.count - head.byteCount
    head.buffer.takeBytes(of: input)
    readingPhase = .readingContent
    return head
  }

  // MARK: - Content

  override var hasNoContent: Bool { hasEmptyResponse }

  override func startContent(
    after head: ResponseHead, _ options: ConnectionOptions
  ) throws(UpstreamFailure) -> Int? {
    do throws(FramingError) {
      let framing = try MessageFraming.ofResponse(
        head.fields, status: head.status, to: exchange.method)
      hasEmptyResponse = framing == .none
      let length = try MessageFraming.contentLength(in: head.fields)
      if exchange.method == .head { lengthForGet = length } else { remaining = length }
      return length
    } catch {
      throw .invalid("\(error.responseLogMessage)")
    }
  }

  override func nextRun(of input: ByteBuffer) throws(UpstreamFailure) -> ContentRun {
    if plainByteCount > 0 {
      let count = plainByteCount
      plainByteCount = 0
      return content(count, behind: 0)
    }
    guard !input.isEmpty else { return ContentRun(framing: 0, content: 0, isEnd: false) }
    let step = try step(input)
    if step.content > 0 {
      if step.stream == .standardOutput { return content(step.content, behind: step.framing) }
      let end = step.framing + step.content
      try noteError(input, in: step.framing..<end, isInHead: false)
      return ContentRun(framing: end, content: 0, isEnd: false)
    }
    let isEnd = try isEnd(after: step)
    return ContentRun(framing: step.framing, content: 0, isEnd: isEnd)
  }

  /// CGI programs may answer HEAD as they do GET (RFC 3875, section 4.3.3); what comes is of use to
  /// a cache.
  override var mayHaveContentForKeeper: Bool { exchange.method == .head }

  /// A run of content, cut off where it goes beyond the announced length.
  private func content(_ count: Int, behind framing: Int) -> ContentRun {
    if let length = lengthForGet {
      remaining = length
      lengthForGet = nil
    }
    guard let promised = remaining else {
      return ContentRun(framing: framing, content: count, isEnd: false)
    }
    remaining = max(0, promised - count)
    guard count > promised else {
      return ContentRun(framing: framing, content: count, isEnd: false)
    }
    log(.warn, "upstream sent more data than specified in \"Content-Length\" header")
    isExcessive = true
    return ContentRun(framing: framing, content: promised, isEnd: true)
  }

  /// Whether the response ends with a step: the whole record that ends the request.
  ///
  /// A server that is cut off between the end of its output and that record would see its last
  /// write fail.
  private func isEnd(after step: FastCGIDecoder.Step) throws(UpstreamFailure) -> Bool {
    if step.isEndOfStream, step.stream == .standardOutput { isEndOfOutput = true }
    guard isEndOfOutput || decoder.ending != nil else { return false }
    if let remaining, remaining > 0 {
      let part = decoder.ending == nil ? "stdout" : "request"
      throw .invalid("upstream prematurely closed FastCGI \(part)")
    }
    return decoder.ending != nil && decoder.isBetweenRecords
  }

  override var endsWithConnection: Bool {
    !location.keepsConnections && remaining ?? 0 == 0
  }

  override var isConnectionReusable: Bool {
    location.keepsConnections && !isExcessive && decoder.ending != nil
      && decoder.isBetweenRecords
  }

  // MARK: - Standard error

  /// Logs what the server wrote to standard error.
  ///
  /// - Parameter isInHead: Whether `fastcgi_catch_stderr` looks at it.
  private func noteError(
    _ input: ByteBuffer, in range: Range<Int>, isInHead: Bool
  ) throws(UpstreamFailure) {
    var end = range.upperBound
    while end > range.lowerBound + 1, isTrimmed(input[end - 1]) { end -= 1 }
    let text = input.bytes(in: range.lowerBound..<end)
    log(.error, "FastCGI sent in stderr: \"\(text)\"")
    guard isInHead else { return }
    for caught in location.caughtErrors where text.contains(caught) {
      throw .invalid("")
    }
  }

  private func isTrimmed(_ byte: UInt8) -> Bool {
    byte == ASCII.lineFeed || byte == ASCII.carriageReturn || byte == ASCII.space
      || byte == UInt8(ascii: ".")
  }
}

extension FastCGIError {
  /// What the error log says.
  fileprivate var description: String {
    switch self {
    case .unsupportedVersion(let version): "\(logMessage): \(version)"
    case .unexpectedRecord(let kind): "\(logMessage): \(kind)"
    case .unexpectedRequestID, .shortEndRequest: "\(logMessage)"
    }
  }
}

extension ResponseHeadError {
  /// What the error log says, with the bytes that it complains of.
  fileprivate func description(in buffer: ByteBuffer) -> String {
    switch self {
    case .invalidField(let line):
      let end = Int(line.range.upperBound)
      guard end < buffer.count else { return "\(logMessage)" }
      let digits = [buffer[end] >> 4, buffer[end] & 15].map { ASCII.hexDigit($0) }
      let shown = buffer.bytes(in: line.range)
      return "\(logMessage): \"\(shown)\\x\(ByteString(digits))...\""
    case .invalidStatusField(let value):
      return "\(logMessage) \"\(buffer.bytes(in: value.range))\""
    case .invalidStatusLine, .tooBig: return "\(logMessage)"
    }
  }
}
