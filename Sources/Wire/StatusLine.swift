import Bytes

/// A status line: `HTTP-version SP status-code SP [reason-phrase] CRLF` (RFC 9112, section 4).
///
/// As lenient as nginx: several spaces before the code, no space after it, `.` as in `403.1`, and a
/// bare LF at the end.
struct StatusLine {
  var version = ProtocolVersion.http10
  var status = 0

  /// The code and the reason phrase.
  var text = ByteRange.empty

  /// The index of the byte after the line end.
  var next = 0

  /// - Returns: nil where more bytes are needed.
  @inline(__always)
  static func parse(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> StatusLine? {
    if let line = usualLine(bytes, from: start) { return line }
    return try parseAny(bytes, from: start)
  }

  /// A line as nearly all are: HTTP/1.1, single spaces, three digits, and CRLF behind the phrase.
  ///
  /// - Returns: nil where it is another one, or not whole.
  @inline(__always)
  private static func usualLine(_ bytes: Span<UInt8>, from start: Int) -> StatusLine? {
    let raw = bytes.bytes
    guard start >= 0, start &+ 17 <= bytes.count, bytes.count <= Int32.max,
      raw.wholeWord(at: start) == ProtocolVersion.wordOfHTTP11
    else { return nil }
    let code = raw.wholeWord(at: start &+ 8)
    if code == wordOf200OK, raw.whole(UInt8.self, at: start &+ 16) == ASCII.lineFeed {
      return StatusLine(
        version: .http11, status: 200,
        text: ByteRange(checkedStart: start &+ 9, end: start &+ 15), next: start &+ 17)
    }
    // " 200 ", the first byte lowest.
    guard code & 0xFF_0000_00FF == 0x20_0000_0020,
      let hundreds = ASCII.digit(UInt8(truncatingIfNeeded: code >> 8)),
      let tens = ASCII.digit(UInt8(truncatingIfNeeded: code >> 16)),
      let ones = ASCII.digit(UInt8(truncatingIfNeeded: code >> 24))
    else { return nil }
    let end = ByteScan.firstIndex(below: 0x20, in: bytes, from: start &+ 13)
    guard end &+ 2 <= bytes.count, raw.whole(UInt16.self, at: end) == ASCII.lineEnd else {
      return nil
    }
    return StatusLine(
      version: .http11, status: hundreds &* 100 &+ tens &* 10 &+ ones,
      text: ByteRange(checkedStart: start &+ 9, end: end), next: end &+ 2)
  }

  /// A space, `200 OK` and CR, the first byte lowest.
  private static var wordOf200OK: UInt64 { 0x0D4B_4F20_3030_3220 }

  @inline(never)
  private static func parseAny(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> StatusLine? {
    var line = StatusLine()
    guard let codeStart = try line.parseVersion(bytes, from: start) else { return nil }
    var index = codeStart
    while index < bytes.count && bytes[index] == ASCII.space { index += 1 }
    let textStart = index
    // nginx: spaces may even stand between the digits; that is refused here.
    for _ in 0..<3 {
      guard index < bytes.count else { return nil }
      guard let digit = ASCII.digit(bytes[index]) else { throw .invalidStatusLine }
      line.status = line.status * 10 + digit
      index += 1
    }
    guard index < bytes.count else { return nil }
    switch bytes[index] {
    case ASCII.space, 0x2E, ASCII.carriageReturn, ASCII.lineFeed: break
    default: throw .invalidStatusLine
    }
    guard let end = try textEnd(bytes, from: index) else { return nil }
    line.text = ByteRange(start: textStart, end: end)
    line.next = end + (bytes[end] == ASCII.lineFeed ? 1 : 2)
    return line
  }

  /// The index of the line end, CRLF or LF, behind the reason phrase.
  private static func textEnd(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> Int? {
    var end = ByteScan.firstIndex(below: 0x20, in: bytes, from: start)
    while end < bytes.count {
      if bytes[end] == ASCII.lineFeed { return end }
      if bytes[end] == ASCII.carriageReturn {
        guard end + 1 < bytes.count else { return nil }
        guard bytes[end + 1] == ASCII.lineFeed else { throw .invalidStatusLine }
        return end
      }
      end = ByteScan.firstIndex(below: 0x20, in: bytes, from: end + 1)
    }
    return nil
  }

  private mutating func parseVersion(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> Int? {
    if bytes.bytes.word(at: start) == ProtocolVersion.wordOfHTTP11, start &+ 8 < bytes.count,
      bytes[start &+ 8] == ASCII.space
    {
      version = .http11
      return start &+ 8
    }
    return try parseAnyVersion(bytes, from: start)
  }

  @inline(never)
  private mutating func parseAnyVersion(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> Int? {
    let prefix: StaticString = "HTTP/"
    for offset in 0..<5 {
      guard start + offset < bytes.count else { return nil }
      guard bytes[start + offset] == prefix.utf8Start[offset] else { throw .invalidStatusLine }
    }
    guard let (major, dot) = try number(bytes, from: start + 5) else { return nil }
    guard major > 0, bytes[dot] == 0x2E else { throw .invalidStatusLine }
    guard let (minor, space) = try number(bytes, from: dot + 1) else { return nil }
    guard bytes[space] == ASCII.space else { throw .invalidStatusLine }
    version = ProtocolVersion(major: UInt8(min(major, 255)), minor: UInt8(min(minor, 255)))
    return space
  }

  /// Reads a number of up to three digits; the index is that of the byte after it.
  private func number(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseHeadError) -> (value: Int, end: Int)? {
    var index = start
    var value = 0
    while index < bytes.count, let digit = ASCII.digit(bytes[index]) {
      guard value <= 99 else { throw .invalidStatusLine }
      value = value * 10 + digit
      index += 1
    }
    guard index < bytes.count else { return nil }
    guard index > start else { throw .invalidStatusLine }
    return (value, index)
  }
}
