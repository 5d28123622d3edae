import Bytes

/// How the lines of a head end.
///
/// RFC 9112, section 2.2, lets a recipient take a bare LF for a line end, but peers that disagree
/// about one in the middle of a head see different messages. So it is refused there; where already
/// the first line ends in one, who does not take it for a line end sees no request at all.
enum LineEnd {
  /// CRLF alone.
  case crlf

  /// LF, or CRLF: the first line ended in a bare LF.
  case lineFeed

  /// LF with any number of CRs before it: upstream servers are trusted.
  case any
}

/// Reads one field line at a time (RFC 9112, section 5).
///
/// The names are nginx's choice: letters, digits and `-` are valid, `_` where allowed; any other
/// visible byte makes the line invalid, which is not an error but may get the line ignored.
struct FieldLineParser {
  /// Whether `_` is a valid byte of a name.
  var allowsUnderscores: Bool

  /// Whether lines with invalid names are left out.
  var ignoresInvalid: Bool

  /// How a line must end.
  var lineEnd: LineEnd

  /// Whether repeated status lines between the fields are passed over, as IIS has sent them.
  var skipsStatusLines: Bool

  /// What stands at the start of a line; `next` is the index of the following line.
  enum Outcome {
    case needsMore
    /// A field, which has been appended.
    case field(next: Int)
    case ignored(next: Int)
    case endOfSection(next: Int)
  }

  /// A line that cannot be a field.
  struct Malformed: Error {
    /// The line, up to and without the byte that is wrong.
    let line: ByteRange
  }

  /// Reads the line that starts at an index, whatever it is; a field is appended to the others.
  func parse(
    _ bytes: Span<UInt8>, from start: Int, into fields: Fields
  ) throws(Malformed) -> Outcome {
    guard start < bytes.count else { return .needsMore }
    if bytes[start] == ASCII.carriageReturn || bytes[start] == ASCII.lineFeed {
      guard let next = try afterLineEnd(bytes, at: start, lineStart: start) else {
        return .needsMore
      }
      return .endOfSection(next: next)
    }
    var index = start
    var isValid = true
    while index < bytes.count {
      let byte = bytes[index]
      if !(ASCII.isAlphanumeric(byte) || byte == 0x2D) {
        if byte == 0x3A && index > start { break }
        if byte == ASCII.carriageReturn || byte == ASCII.lineFeed { break }
        if byte <= 0x20 || byte == 0x7F || byte == 0x3A {
          throw Malformed(line: ByteRange(start: start, end: index))
        }
        if byte == 0x2F && skipsStatusLines && isProtocolName(bytes, start..<index) {
          return ignoredLine(bytes, from: index)
        }
        if byte != 0x5F || !allowsUnderscores { isValid = false }
      }
      index &+= 1
    }
    guard index < bytes.count else { return .needsMore }
    let name = ByteRange(start: start, end: index)
    guard let (value, next) = try value(bytes, after: name) else { return .needsMore }
    guard isValid || !ignoresInvalid else { return .ignored(next: next) }
    let words = NameWords(bytes, from: start, byteCount: name.count)
    fields.append(
      FieldLine(
        name: name, value: value, nameHash: words.hash, known: fields.knownField(words) ?? .other))
    return .field(next: next)
  }

  // MARK: - Plain lines

  /// What a line must not go beyond.
  struct Limits {
    /// The longest line, in bytes.
    var lineBytes: Int

    /// Where the last line must end.
    var end: Int

    /// How many lines there may be.
    var lines: Int
  }

  /// Reads lines as nearly all are, many bytes at a time: a name of letters, digits and `-`, a
  /// colon, a space, visible text without spaces around it, CRLF.
  ///
  /// - Returns: The index of the first line that is none of these or goes beyond a limit, which is
  ///   for ``parse(_:from:into:)``.
  static func plainLines(
    _ bytes: Span<UInt8>, from start: Int, within limits: Limits, into fields: Fields
  ) -> Int {
    precondition(start >= 0 && bytes.count <= Int32.max)
    var position = start
    // There is more behind the line in nearly every head.
    let lastEnd = min(bytes.count &- 1, limits.end)
    while position < lastEnd, bytes.bytes.whole(UInt8.self, at: position) > ASCII.space,
      fields.count < limits.lines,
      let line = plainLine(bytes, from: position, for: fields, lastEnd: lastEnd),
      line.next &- position <= limits.lineBytes
    {
      fields.append(line.field)
      position = line.next
    }
    return position
  }

  /// - Parameter lastEnd: The last index that a line may end before; there are bytes up to it, and
  ///   one more.
  @inline(__always)
  private static func plainLine(
    _ bytes: Span<UInt8>, from start: Int, for fields: Fields, lastEnd: Int
  ) -> (field: FieldLine, next: Int)? {
    guard let name = PlainName(bytes, from: start) else { return nil }
    let raw = bytes.bytes
    let known: KnownField
    if let field = fields.knownField(name.words) {
      known = field
    } else {
      guard isPlain(raw, start..<name.end) else { return nil }
      known = .other
    }
    let value = name.end &+ 2
    let end = ByteScan.nearIndex(below: 0x20, in: bytes, from: value)
    guard end &+ 2 <= lastEnd, raw.whole(UInt16.self, at: end) == ASCII.lineEnd,
      raw.whole(UInt8.self, at: value &- 1) == ASCII.space,
      raw.whole(UInt8.self, at: value) != ASCII.space,
      raw.whole(UInt8.self, at: end &- 1) != ASCII.space
    else { return nil }
    let field = FieldLine(
      name: ByteRange(checkedStart: start, end: name.end),
      value: ByteRange(checkedStart: value, end: end), nameHash: name.words.hash,
      known: known, isPlain: true)
    return (field, end &+ 2)
  }

  /// The index behind the CRLF that ends a section, where one stands at an index.
  @inline(__always)
  static func endOfSection(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    guard index >= 0, index &+ 2 <= bytes.count,
      bytes.bytes.whole(UInt16.self, at: index) == ASCII.lineEnd
    else { return nil }
    return index &+ 2
  }

  /// What may be a plain name, up to a colon.
  private struct PlainName {
    /// How far from its start a name's end is looked for.
    private static let longest = 64

    let words: NameWords

    /// Where the colon is.
    let end: Int

    /// - Parameter start: Not negative.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, from start: Int) {
      let front = ByteVector(bytes, at: start)
      let colon = front.places(of: 0x3A).first
      guard let byteCount = colon ?? PlainName.farColon(bytes, from: start) else { return nil }
      end = start &+ byteCount
      words = NameWords(bytes, from: start, byteCount, firstWord: front.firstWord)
    }

    /// How far behind the start of a name of more than sixteen bytes the colon is.
    @inline(never)
    private static func farColon(_ bytes: Span<UInt8>, from start: Int) -> Int? {
      var offset = ByteVector.count
      while offset < longest, start &+ offset &+ ByteVector.count <= bytes.count {
        if let place = ByteVector(bytes, wholeAt: start &+ offset).places(of: 0x3A).first {
          return offset &+ place
        }
        offset &+= ByteVector.count
      }
      return nil
    }
  }

  /// Whether a name, with a colon behind it, is of letters, digits and `-`, and not empty.
  private static func isPlain(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
    var index = name.lowerBound
    while index < name.upperBound {
      let others = ~plainBytes(of: bytes.word(at: index)) & 0x8080_8080_8080_8080
      index += others == 0 ? 8 : others.trailingZeroBitCount / 8
      if others != 0 { break }
    }
    return index == name.upperBound && !name.isEmpty
  }

  /// The top bit of each byte that is a letter, a digit or `-`.
  ///
  /// A byte's top bit says, after an addition, whether the byte was at or above a bound; bytes that
  /// have the bit already are none of ours.
  private static func plainBytes(of word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7F)
    let folded = low | (ones &* 0x20)
    let letters = (folded &+ ones &* (0x80 - 0x61)) & ~(folded &+ ones &* (0x80 - 0x7B))
    let digits = (low &+ ones &* (0x80 - 0x30)) & ~(low &+ ones &* (0x80 - 0x3A))
    let dashes = ~((low ^ ones &* 0x2D) &+ ones &* 0x7F)
    return (letters | digits | dashes) & ~word & (ones &* 0x80)
  }

  // MARK: - Values

  /// Reads the value and the line end; nil where more bytes are needed.
  ///
  /// nginx: a line without a colon is a field with an empty value.
  @inline(__always)
  private func value(
    _ bytes: Span<UInt8>, after name: ByteRange
  ) throws(Malformed) -> (value: ByteRange, next: Int)? {
    let lineStart = Int(name.start)
    var start = Int(name.end)
    if bytes[start] == 0x3A { start &+= 1 }
    while start < bytes.count && bytes[start] == ASCII.space { start &+= 1 }
    var end = ByteScan.firstIndex(below: 0x20, in: bytes, from: start)
    while end < bytes.count {
      let byte = bytes[end]
      if byte == ASCII.carriageReturn || byte == ASCII.lineFeed { break }
      guard byte != 0 else { throw Malformed(line: ByteRange(start: lineStart, end: end)) }
      end = ByteScan.firstIndex(below: 0x20, in: bytes, from: end &+ 1)
    }
    guard end < bytes.count, let next = try afterLineEnd(bytes, at: end, lineStart: lineStart)
    else {
      return nil
    }
    while end > start && bytes[end &- 1] == ASCII.space { end &-= 1 }
    return (ByteRange(start: start, end: end), next)
  }

  /// Passes the CR or LF at an index; nil where more bytes are needed.
  @inline(__always)
  private func afterLineEnd(
    _ bytes: Span<UInt8>, at start: Int, lineStart: Int
  ) throws(Malformed) -> Int? {
    var index = start
    if bytes[index] == ASCII.carriageReturn {
      index &+= 1
      // nginx: any number of CRs; RFC 9112, section 2.2: a bare CR is invalid.
      while lineEnd == .any && index < bytes.count && bytes[index] == ASCII.carriageReturn {
        index &+= 1
      }
    } else if lineEnd == .crlf {
      throw Malformed(line: ByteRange(start: lineStart, end: start))
    }
    guard index < bytes.count else { return nil }
    guard bytes[index] == ASCII.lineFeed else {
      throw Malformed(line: ByteRange(start: lineStart, end: index))
    }
    return index &+ 1
  }

  private func ignoredLine(_ bytes: Span<UInt8>, from index: Int) -> Outcome {
    let end = ByteScan.firstIndex(of: ASCII.lineFeed, in: bytes, from: index)
    return end < bytes.count ? .ignored(next: end + 1) : .needsMore
  }

  private func isProtocolName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    range.count == 4 && bytes[range.lowerBound] == 0x48 && bytes[range.lowerBound + 1] == 0x54
      && bytes[range.lowerBound + 2] == 0x54 && bytes[range.lowerBound + 3] == 0x50
  }
}
