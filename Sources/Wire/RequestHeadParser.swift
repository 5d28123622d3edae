import Bytes

/// Reads the head of a request at the front of a buffer, however it is cut into pieces.
///
/// It looks at each line once. When a line is not whole yet, it remembers how far it searched for
/// the line end, and looks at the line again only when that has arrived: many small pieces cost no
/// more than a few large ones.
public struct RequestHeadParser {
  /// What is accepted, and how much.
  public struct Options: Hashable, Sendable {
    /// nginx's `underscores_in_headers`.
    public var allowsUnderscores = false

    /// nginx's `ignore_invalid_headers`.
    public var ignoresInvalid = true

    /// The longest request line, in bytes with its line end and the empty lines before it.
    public var maximumRequestLineBytes = 8192

    /// The longest field line, in bytes with its line end.
    public var maximumFieldLineBytes = 8192

    /// The longest head, in bytes: nginx's `large_client_header_buffers`, number × size.
    public var maximumBytes = 4 * 8192

    /// nginx's `max_headers`.
    public var maximumFields = 1000

    /// nginx's defaults.
    public init() {}
  }

  /// What is accepted, and how much.
  public let options: Options

  private var requestLine: RequestLine?

  /// Where the line starts that is being read.
  private var position = 0

  /// How far the current line is known to have no line end.
  private var searched = 0

  private var isComplete = false

  /// A parser before the first byte.
  public init(options: Options = Options()) { self.options = options }

  /// Reads on, when the buffer has more bytes.
  ///
  /// - Parameter fields: Without lines at first, and the same each time; nothing may be consumed
  ///   from their buffer meanwhile.
  /// - Returns: The head, which owns the fields from then on; nil where more bytes are needed.
  public mutating func parse(_ fields: Fields) throws(RequestHeadError) -> RequestHead? {
    try advance(fields) ? head(fields) : nil
  }

  /// Reads on, as ``parse(_:)`` does.
  ///
  /// - Returns: Whether the head is whole, so that ``head(_:)`` may be asked for.
  public mutating func advance(_ fields: Fields) throws(RequestHeadError) -> Bool {
    try fields.withBytes { (bytes) throws(RequestHeadError) in
      if requestLine == nil {
        guard try parseRequestLine(bytes) else { return }
      }
      if !isComplete { try parseFields(bytes, into: fields) }
    }
    return isComplete
  }

  /// The head that has been read.
  public func head(_ fields: consuming Fields) -> RequestHead {
    precondition(isComplete)
    return RequestHead(
      line: requestLine ?? RequestLine(), fields: consume fields, byteCount: position)
  }

  /// The request line as far as it has been read: for the log, when the head is refused.
  public var requestLineRange: ByteRange? { requestLine?.line }

  /// The method as far as it has been read.
  public var method: Method? { requestLine?.method }

  /// The version as far as it has been read.
  public var version: ProtocolVersion? { requestLine?.version }

  @inline(__always)
  private mutating func parseRequestLine(
    _ bytes: Span<UInt8>
  ) throws(RequestHeadError) -> Bool {
    if searched <= position, let line = RequestLine.usualLine(bytes, from: position) {
      try take(line)
      return true
    }
    return try parseUnusualRequestLine(bytes)
  }

  @inline(never)
  private mutating func parseUnusualRequestLine(
    _ bytes: Span<UInt8>
  ) throws(RequestHeadError) -> Bool {
    // RFC 9112, section 2.2: empty lines before the request line are ignored.
    while position < bytes.count
      && (bytes[position] == ASCII.carriageReturn || bytes[position] == ASCII.lineFeed)
    {
      position += 1
    }
    guard mayHaveLineEnd(bytes), let line = try RequestLine.parse(bytes, from: position) else {
      searched = bytes.count
      // The empty lines count too, or a client could send them for ever.
      guard bytes.count < options.maximumRequestLineBytes else { throw .requestLineTooLong }
      return false
    }
    try take(line)
    return true
  }

  @inline(__always)
  private mutating func take(_ line: RequestLine) throws(RequestHeadError) {
    guard line.next <= options.maximumRequestLineBytes else { throw .requestLineTooLong }
    requestLine = line
    position = line.next
    isComplete = line.version == .http09
  }

  @inline(__always)
  private mutating func parseFields(
    _ bytes: Span<UInt8>, into fields: Fields
  ) throws(RequestHeadError) {
    let limits = FieldLineParser.Limits(
      lineBytes: options.maximumFieldLineBytes, end: options.maximumBytes,
      lines: options.maximumFields)
    while mayHaveLineEnd(bytes) {
      position = FieldLineParser.plainLines(bytes, from: position, within: limits, into: fields)
      if let end = FieldLineParser.endOfSection(bytes, at: position) {
        position = end
        isComplete = true
        return
      }
      switch try fieldLine(bytes, into: fields) {
      case .needsMore:
        return try noteSearch(bytes)
      case .field(let next):
        try checkSize(upTo: next, isWholeLine: true)
        guard fields.count <= options.maximumFields else { throw .tooManyFields }
        position = next
      case .ignored(let next):
        try checkSize(upTo: next, isWholeLine: true)
        position = next
      case .endOfSection(let next):
        position = next
        isComplete = true
        return
      }
    }
    try noteSearch(bytes)
  }

  private mutating func noteSearch(_ bytes: Span<UInt8>) throws(RequestHeadError) {
    searched = bytes.count
    try checkSize(upTo: bytes.count, isWholeLine: false)
  }

  @inline(never)
  private func fieldLine(
    _ bytes: Span<UInt8>, into fields: Fields
  ) throws(RequestHeadError) -> FieldLineParser.Outcome {
    let parser = FieldLineParser(
      allowsUnderscores: options.allowsUnderscores, ignoresInvalid: options.ignoresInvalid,
      lineEnd: requestLine?.lineEnd ?? .crlf, skipsStatusLines: false)
    do {
      return try parser.parse(bytes, from: position, into: fields)
    } catch {
      throw .invalidField(error.line)
    }
  }

  /// Whether the current line is worth parsing: on the first look always, later with a line end.
  private func mayHaveLineEnd(_ bytes: Span<UInt8>) -> Bool {
    searched <= position
      || ByteScan.firstIndex(of: ASCII.lineFeed, in: bytes, from: searched) < bytes.count
  }

  private func checkSize(upTo end: Int, isWholeLine: Bool) throws(RequestHeadError) {
    // A line that fills its buffer without an end is too large already.
    let excess = isWholeLine ? 0 : 1
    guard end - position + excess <= options.maximumFieldLineBytes,
      end + excess <= options.maximumBytes
    else { throw .fieldTooLarge }
  }
}

extension RequestHeadParser {
  /// What is known of a head that was refused, so that it can be answered and logged.
  ///
  /// The request line ends where the first line of the buffer ends; there are no fields.
  public func partialHead(_ fields: Fields) -> RequestHead {
    let buffer = fields.buffer
    fields.removeAllLines()
    if let requestLine {
      return RequestHead(line: requestLine, fields: fields, byteCount: buffer.count)
    }
    var line = RequestLine()
    line.version = .http10
    let end = buffer.withSpan { bytes in
      bytes.indices.first {
        bytes[$0] == ASCII.carriageReturn || bytes[$0] == ASCII.lineFeed
      } ?? bytes.count
    }
    line.line = ByteRange(start: 0, end: end)
    return RequestHead(line: line, fields: fields, byteCount: buffer.count)
  }
}
