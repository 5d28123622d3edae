import Bytes

/// Reads the head of an upstream response, however it is cut into pieces.
///
/// HTTP responses start with a status line; CGI responses (FastCGI, RFC 3875, section 6) have a
/// `Status` field instead. Both are read as leniently as nginx reads them: names may hold any
/// visible bytes, and a bare LF ends a line.
public struct ResponseHeadParser {
  /// The form of the head.
  public enum Form: Sendable {
    case http
    case cgi
  }

  /// Which kind of head is read.
  public let form: Form

  /// The longest head, in bytes; nginx's `proxy_buffer_size`.
  public let maximumBytes: Int

  private let parser = FieldLineParser(
    allowsUnderscores: true, ignoresInvalid: false, lineEnd: .any, skipsStatusLines: true)
  private var statusLine: StatusLine?

  /// Where the line starts that is being read.
  private var position = 0

  /// How far the current line is known to have no line end.
  private var searched = 0

  private var isComplete = false

  /// A parser before the first byte.
  public init(form: Form = .http, maximumBytes: Int) {
    self.form = form
    self.maximumBytes = maximumBytes
  }

  /// Reads on, when the buffer has more bytes.
  ///
  /// - Parameter fields: Without lines at first, and the same each time; nothing may be consumed
  ///   from their buffer meanwhile.
  /// - Returns: The head, which owns the fields from then on; nil where more bytes are needed.
  public mutating func parse(_ fields: Fields) throws(ResponseHeadError) -> ResponseHead? {
    try advance(fields) ? head(fields) : nil
  }

  /// Reads on, as ``parse(_:)`` does.
  ///
  /// - Returns: Whether the head is whole, so that ``head(_:)`` may be asked for.
  public mutating func advance(_ fields: Fields) throws(ResponseHeadError) -> Bool {
    try fields.withBytes { (bytes) throws(ResponseHeadError) in try parse(bytes, into: fields) }
    return isComplete
  }

  /// The head that has been read.
  public func head(_ fields: consuming Fields) throws(ResponseHeadError) -> ResponseHead {
    precondition(isComplete)
    if form == .cgi {
      let (status, text) = try cgiStatus(fields)
      return head(StatusLine(status: status, text: text), consume fields)
    }
    return head(statusLine ?? StatusLine(), consume fields)
  }

  private func head(_ line: StatusLine, _ fields: consuming Fields) -> ResponseHead {
    ResponseHead(
      version: line.version, status: line.status, statusText: line.text, fields: consume fields,
      byteCount: position)
  }

  private mutating func parse(
    _ bytes: Span<UInt8>, into fields: Fields
  ) throws(ResponseHeadError) {
    if form == .http && statusLine == nil {
      guard mayHaveLineEnd(bytes), try parseStatusLine(bytes) else { return try noteSearch(bytes) }
    }
    while mayHaveLineEnd(bytes), try parseLine(bytes, into: fields) {
      guard position <= maximumBytes else { throw .tooBig }
      if isComplete { return }
    }
    try noteSearch(bytes)
  }

  private mutating func noteSearch(_ bytes: Span<UInt8>) throws(ResponseHeadError) {
    searched = bytes.count
    guard bytes.count < maximumBytes else { throw .tooBig }
  }

  /// Reads the status line; false where more bytes are needed.
  @inline(__always)
  private mutating func parseStatusLine(
    _ bytes: Span<UInt8>
  ) throws(ResponseHeadError) -> Bool {
    guard let line = try StatusLine.parse(bytes, from: position) else { return false }
    guard line.next <= maximumBytes else { throw .tooBig }
    statusLine = line
    position = line.next
    return true
  }

  /// Reads plain lines, and one behind them; false where more bytes are needed.
  @inline(__always)
  private mutating func parseLine(
    _ bytes: Span<UInt8>, into fields: Fields
  ) throws(ResponseHeadError) -> Bool {
    position = FieldLineParser.plainLines(
      bytes, from: position,
      within: FieldLineParser.Limits(lineBytes: .max, end: maximumBytes, lines: .max),
      into: fields)
    if let end = FieldLineParser.endOfSection(bytes, at: position) {
      position = end
      isComplete = true
      return true
    }
    switch try fieldLine(bytes, into: fields) {
    case .needsMore: return false
    case .ignored(let next): position = next
    case .field(let next): position = next
    case .endOfSection(let next):
      position = next
      isComplete = true
    }
    return true
  }

  @inline(never)
  private func fieldLine(
    _ bytes: Span<UInt8>, into fields: Fields
  ) throws(ResponseHeadError) -> FieldLineParser.Outcome {
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

  /// The status of a CGI response: the `Status` field, else 302 with `Location`, else 200.
  private func cgiStatus(
    _ fields: Fields
  ) throws(ResponseHeadError) -> (status: Int, text: ByteRange) {
    guard let line = fields.first(.status) else {
      return (fields.contains(.location) ? 302 : 200, .empty)
    }
    guard line.value.count >= 3 else { throw .invalidStatusField(line.value) }
    var status = 0
    for index in line.value.range.prefix(3) {
      guard let digit = ASCII.digit(fields.buffer[index]) else {
        throw .invalidStatusField(line.value)
      }
      status = status * 10 + digit
    }
    return (status, line.value.count > 3 ? line.value : .empty)
  }
}
