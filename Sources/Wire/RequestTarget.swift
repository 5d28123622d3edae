public import Bytes

/// Why a request target was refused; the status of the response is 400.
public enum RequestTargetError: Error, Equatable {
  case invalid
}

/// A request target, taken apart (RFC 9112, section 3.2).
///
/// Ranges point into the bytes that the target was parsed from. The path is not among the parts: it
/// changes with every internal redirect.
public struct RequestTarget: Sendable {
  /// The four forms of a target.
  public enum Form: Sendable {
    /// `/path?query`
    case origin

    /// `http://host/path?query`
    case absolute

    /// `host:port`, of `CONNECT` only.
    case authority

    /// `*`, of `OPTIONS` only; nginx knows no such target and answers 400.
    case asterisk
  }

  /// Which of the four forms it has.
  public var form: Form

  /// The scheme of an absolute-form; else empty.
  public var scheme = ByteRange.empty

  /// The host and port of an absolute-form or authority-form, still to be validated by
  /// ``HostName``; else empty.
  public var authority = ByteRange.empty

  /// Path and query as they were sent, without scheme and authority: nginx's `$request_uri`.
  ///
  /// Where an absolute-form has neither, the range covers one of the slashes before the authority.
  public var raw = ByteRange.empty

  /// The query without `?`, and without a fragment: nginx's `$args`.
  public var query = ByteRange.empty

  /// Whether the path is decoded and normalized as it was sent.
  public var isPlain = true

  /// Whether ``raw`` can stand in a request line: nginx's `valid_unparsed_uri`.
  ///
  /// It cannot where an absolute-form has a query but no path.
  public var isRawUsable = true

  /// - Parameters:
  ///   - bytes: What the target is a part of.
  ///   - range: Not empty, and without bytes below 0x21 (see ``RequestHeadParser``).
  ///   - mergesSlashes: nginx's `merge_slashes`.
  ///   - path: Becomes the path, decoded and normalized: nginx's `$uri`; for an authority-form it
  ///     becomes empty.
  public init(
    _ bytes: Span<UInt8>, in range: Range<Int>, method: Method, mergesSlashes: Bool,
    path: inout ByteString
  ) throws(RequestTargetError) {
    form = .origin
    if method == .connect {
      form = .authority
      path = ByteString()
      raw = ByteRange(range)
      authority = try RequestTarget.authorityForm(bytes, range)
      return
    }
    switch bytes[range.lowerBound] {
    case 0x2F: raw = ByteRange(range)
    case 0x2A where range.count == 1 && method == .options:
      form = .asterisk
      raw = ByteRange(range)
      path = "*"
      return
    default: try parseAbsoluteForm(bytes, range)
    }
    try parsePath(bytes, mergesSlashes: mergesSlashes, into: &path)
  }

  /// The target of a head.
  ///
  /// - Parameter path: Becomes the path, decoded and normalized: nginx's `$uri`.
  public init(
    of head: borrowing RequestHead, mergesSlashes: Bool, path: inout ByteString
  ) throws(RequestTargetError) {
    let (range, method) = (head.target.range, head.method)
    self = try head.buffer.withSpan { (bytes) throws(RequestTargetError) in
      try RequestTarget(
        bytes, in: range, method: method, mergesSlashes: mergesSlashes, path: &path)
    }
  }

  // MARK: - Authorities

  private static func authorityForm(
    _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(RequestTargetError) -> ByteRange {
    let end = try authorityEnd(bytes, range)
    // nginx: the port must be there.
    guard end == range.upperBound, ASCII.isDigit(bytes[end - 1]),
      range.contains(where: { bytes[$0] == 0x3A })
    else { throw .invalid }
    return ByteRange(range)
  }

  private mutating func parseAbsoluteForm(
    _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(RequestTargetError) {
    form = .absolute
    guard ASCII.isLetter(bytes[range.lowerBound]) else { throw .invalid }
    var index = range.lowerBound
    while index < range.upperBound && RequestTarget.isSchemeByte(bytes[index]) { index += 1 }
    guard range.upperBound - index >= 3, bytes[index] == 0x3A, bytes[index + 1] == 0x2F,
      bytes[index + 2] == 0x2F
    else { throw .invalid }
    scheme = ByteRange(start: range.lowerBound, end: index)
    let end = try RequestTarget.authorityEnd(bytes, (index + 3)..<range.upperBound)
    // RFC 9110, section 4.2.1: an http URI with an empty host is invalid.
    guard end > index + 3 else { throw .invalid }
    authority = ByteRange(start: index + 3, end: end)
    if end == range.upperBound {
      raw = ByteRange(start: index + 1, end: index + 2)
    } else {
      guard bytes[end] == 0x2F || bytes[end] == 0x3F else { throw .invalid }
      raw = ByteRange(start: end, end: range.upperBound)
      isRawUsable = bytes[end] == 0x2F
    }
  }

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
  }

  /// The end of `host [":" port]`; the host is judged more closely by ``HostName``.
  private static func authorityEnd(
    _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(RequestTargetError) -> Int {
    var index = range.lowerBound
    if index < range.upperBound && bytes[index] == 0x5B {
      while index < range.upperBound && bytes[index] != 0x5D && bytes[index] != 0x2F { index += 1 }
      guard index < range.upperBound, bytes[index] == 0x5D else { throw .invalid }
      index += 1
    } else {
      while index < range.upperBound, isHostByte(bytes[index]) { index += 1 }
    }
    if index < range.upperBound && bytes[index] == 0x3A {
      index += 1
      while index < range.upperBound && ASCII.isDigit(bytes[index]) { index += 1 }
    }
    return index
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E
  }

  // MARK: - Path and query

  @inline(__always)
  private mutating func parsePath(
    _ bytes: Span<UInt8>, mergesSlashes: Bool, into path: inout ByteString
  ) throws(RequestTargetError) {
    let range = raw.range
    if isRawUsable, let end = RequestTarget.plainPathEnd(bytes, range) {
      splitQuery(bytes, from: end)
      return path.replace(by: bytes, in: range.lowerBound..<end)
    }
    var normalized = try NormalizedPath(
      bytes, in: range, startsWithSlash: !isRawUsable, mergesSlashes: mergesSlashes)
    try normalized.finish()
    path = ByteString(normalized.path)
    isPlain =
      isRawUsable
      && path.bytes.span.bytes.isEqual(
        to: bytes.extracting(range.lowerBound..<normalized.rawEnd).bytes)
    splitQuery(bytes, from: normalized.rawEnd)
  }

  /// Finds the end of a path that is decoded and normalized as it stands; nil where it is not.
  @inline(__always)
  private static func plainPathEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if let place = notPlain(bytes, at: index) {
        index &+= place
        break
      }
      index &+= ByteVector.count
    }
    guard index < range.upperBound else { return range.upperBound }
    switch bytes[index] {
    case 0x3F: return index
    // A slash at the end does not care for what stands behind the target.
    case 0x2F where index &+ 1 == range.upperBound: return range.upperBound
    default: return nil
    }
  }

  /// The first of sixteen bytes that is `?`, `%`, `#`, or a slash before another slash or a dot.
  @inline(__always)
  private static func notPlain(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    let here = ByteVector(bytes, at: index)
    let next = ByteVector(bytes, at: index &+ 1)
    let pairs = here.places(of: 0x2F) & (next.places(of: 0x2F) | next.places(of: 0x2E))
    return
      (pairs | here.places(of: 0x3F) | here.places(of: 0x25) | here.places(of: 0x23)).first
  }

  /// Sets the query, from `?` to the end or to a fragment.
  private mutating func splitQuery(_ bytes: Span<UInt8>, from index: Int) {
    query = ByteRange(start: Int(raw.end), end: Int(raw.end))
    guard index < Int(raw.end), bytes[index] == 0x3F else { return }
    let rest = bytes.extracting((index + 1)..<Int(raw.end))
    let end = ByteScan.firstIndex(of: 0x23, in: rest, from: 0)
    query = ByteRange(start: index + 1, end: index + 1 + end)
  }
}

extension ByteString {
  /// Takes a part of a span in the place of its bytes, whose memory is used again.
  mutating func replace(by other: Span<UInt8>, in range: Range<Int>) {
    other.extracting(range).withUnsafeBufferPointer {
      bytes.replaceSubrange(0..<bytes.count, with: $0)
    }
  }
}
