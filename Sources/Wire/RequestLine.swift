import Bytes

/// A request line: `method SP request-target SP HTTP-version CRLF` (RFC 9112, section 3).
///
/// As in nginx, several spaces may separate the parts, and a line without a version is a simple
/// request of HTTP/0.9.
struct RequestLine {
  var method = Method.other
  var methodName = ByteRange.empty
  var target = ByteRange.empty
  var version = ProtocolVersion.http09
  var protocolName = ByteRange.empty
  var line = ByteRange.empty

  /// The index of the byte after the line end.
  var next = 0

  /// How the line ends, and how the others of its head must end.
  var lineEnd = LineEnd.crlf

  /// A line as nearly all are: a method of few letters, single spaces, HTTP/1.1 and CRLF.
  ///
  /// - Returns: nil where it is another one, or not whole.
  @inline(__always)
  static func usualLine(_ bytes: Span<UInt8>, from start: Int) -> RequestLine? {
    let raw = bytes.bytes
    guard start >= 0, start &+ 8 <= bytes.count, bytes.count <= Int32.max else { return nil }
    let word = raw.wholeWord(at: start)
    let methodLength = ByteScan.hits(of: ASCII.space, in: word).trailingZeroBitCount / 8
    guard methodLength < 8, let method = Method(word, byteCount: methodLength) else { return nil }
    let targetStart = start &+ methodLength &+ 1
    let end = ByteScan.firstIndexOfInvisible(in: bytes, from: targetStart)
    guard end > targetStart, end &+ 11 <= bytes.count,
      raw.whole(UInt8.self, at: end) == ASCII.space,
      raw.wholeWord(at: end &+ 1) == ProtocolVersion.wordOfHTTP11,
      raw.whole(UInt16.self, at: end &+ 9) == ASCII.lineEnd
    else { return nil }
    return RequestLine(
      method: method, methodName: ByteRange(checkedStart: start, end: targetStart &- 1),
      target: ByteRange(checkedStart: targetStart, end: end), version: .http11,
      protocolName: ByteRange(checkedStart: end &+ 1, end: end &+ 9),
      line: ByteRange(checkedStart: start, end: end &+ 9), next: end &+ 11)
  }

  /// Any line.
  ///
  /// - Returns: nil where more bytes are needed.
  @inline(never)
  static func parse(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(RequestHeadError) -> RequestLine? {
    var line = RequestLine()
    guard var index = try line.parseMethod(bytes, from: start),
      let end = try line.parseTarget(bytes, from: index)
    else { return nil }
    index = skipSpaces(bytes, from: end)
    guard index < bytes.count else { return nil }
    var contentEnd = end
    if bytes[index] == 0x48 {
      guard let end = try line.parseVersion(bytes, from: index) else { return nil }
      contentEnd = end
      index = skipSpaces(bytes, from: end)
    }
    guard index < bytes.count else { return nil }
    line.lineEnd = bytes[index] == ASCII.lineFeed ? .lineFeed : .crlf
    guard let next = try afterLineEnd(bytes, at: index) else { return nil }
    guard line.version >= .http10 || line.method == .get else { throw .invalidSimpleRequestMethod }
    line.line = ByteRange(start: start, end: contentEnd)
    line.next = next
    return line
  }

  private mutating func parseMethod(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(RequestHeadError) -> Int? {
    let end = ByteScan.firstIndex(of: ASCII.space, in: bytes, from: start)
    method = Method(bytes, in: start..<end)
    if method == .other, end > start || end < bytes.count {
      guard end > start, RequestLine.isMethodName(bytes.extracting(start..<end)) else {
        throw .invalidMethod
      }
    }
    guard end < bytes.count else { return nil }
    methodName = ByteRange(start: start, end: end)
    return RequestLine.skipSpaces(bytes, from: end)
  }

  /// nginx: capital letters, `_` and `-` only.
  private static func isMethodName(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte &- 0x41 < 26 || byte == 0x5F || byte == 0x2D else { return false }
    }
    return true
  }

  private mutating func parseTarget(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(RequestHeadError) -> Int? {
    let end = ByteScan.firstIndexOfInvisible(in: bytes, from: start)
    guard end < bytes.count else { return nil }
    let byte = bytes[end]
    let isEnd = byte == ASCII.space || byte == ASCII.carriageReturn || byte == ASCII.lineFeed
    guard isEnd, end > start else { throw .invalidRequestLine }
    target = ByteRange(start: start, end: end)
    return end
  }

  /// Reads `HTTP/1.x`.
  ///
  /// nginx: a major version other than 1 is 505; up to three digits of minor version.
  private mutating func parseVersion(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(RequestHeadError) -> Int? {
    if bytes.bytes.word(at: start) == ProtocolVersion.wordOfHTTP11, start &+ 8 < bytes.count,
      !ASCII.isDigit(bytes[start &+ 8])
    {
      version = .http11
      protocolName = ByteRange(start: start, end: start &+ 8)
      return start &+ 8
    }
    return try parseAnyVersion(bytes, from: start)
  }

  @inline(never)
  private mutating func parseAnyVersion(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(RequestHeadError) -> Int? {
    let prefix: StaticString = "HTTP/"
    for offset in 0..<5 {
      guard start + offset < bytes.count else { return nil }
      guard bytes[start + offset] == prefix.utf8Start[offset] else { throw .invalidRequestLine }
    }
    guard start + 6 < bytes.count else { return nil }
    guard bytes[start + 5] &- 0x31 < 9 else { throw .invalidRequestLine }
    guard bytes[start + 5] == 0x31, !ASCII.isDigit(bytes[start + 6]) else { throw .invalidVersion }
    guard bytes[start + 6] == 0x2E else { throw .invalidRequestLine }
    var index = start + 7
    var minor = 0
    while index < bytes.count, let digit = ASCII.digit(bytes[index]) {
      guard minor <= 99 else { throw .invalidRequestLine }
      minor = minor * 10 + digit
      index += 1
    }
    guard index < bytes.count else { return nil }
    guard index > start + 7 else { throw .invalidRequestLine }
    version = ProtocolVersion(major: 1, minor: UInt8(min(minor, 255)))
    protocolName = ByteRange(start: start, end: index)
    return index
  }

  private static func skipSpaces(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count && bytes[index] == ASCII.space { index &+= 1 }
    return index
  }

  private static func afterLineEnd(
    _ bytes: Span<UInt8>, at index: Int
  ) throws(RequestHeadError) -> Int? {
    if bytes[index] == ASCII.lineFeed { return index + 1 }
    guard bytes[index] == ASCII.carriageReturn else { throw .invalidRequestLine }
    guard index + 1 < bytes.count else { return nil }
    guard bytes[index + 1] == ASCII.lineFeed else { throw .invalidRequestLine }
    return index + 2
  }
}
