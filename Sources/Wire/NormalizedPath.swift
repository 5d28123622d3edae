import Bytes

/// The path of a request target, decoded and normalized as nginx does it.
///
/// Percent-encoded bytes count as what they stand for: `%2F` is a slash and `%2e%2e` leads up. Only
/// `%25`, `%23` and `%3F` lose their meaning. A path that leads above the root, a NUL and a
/// malformed `%` are refused.
///
/// Percent-encoded bytes are decoded, `.` and `..` resolved, and adjacent slashes merged where that
/// is asked for.
///
/// Source: nginx, `location`.
struct NormalizedPath {
  private(set) var path: [UInt8] = []

  /// The index of the `?` or `#` that ends the path, or of the end.
  private(set) var rawEnd: Int

  private let mergesSlashes: Bool

  /// Where the last segment of the path starts, after its slash.
  private var segmentStart = 0

  /// - Parameter startsWithSlash: Whether to begin with a `/` that is not in the bytes.
  init(
    _ bytes: Span<UInt8>, in range: Range<Int>, startsWithSlash: Bool, mergesSlashes: Bool
  ) throws(RequestTargetError) {
    self.mergesSlashes = mergesSlashes
    rawEnd = range.upperBound
    path.reserveCapacity(range.count + 1)
    if startsWithSlash { try append(0x2F) }
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      switch byte {
      case 0x3F, 0x23:
        rawEnd = index
        return
      case 0x25:
        guard index + 2 < range.upperBound, let high = ASCII.hexValue(bytes[index + 1]),
          let low = ASCII.hexValue(bytes[index + 2])
        else { throw .invalid }
        try append(high << 4 | low)
        index += 3
      default:
        try append(byte)
        index += 1
      }
    }
  }

  /// Resolves the last segment, which has no slash behind it.
  mutating func finish() throws(RequestTargetError) { _ = try resolveDots() }

  private mutating func append(_ byte: UInt8) throws(RequestTargetError) {
    switch byte {
    case 0: throw .invalid
    case 0x2F: try appendSlash()
    default: path.append(byte)
    }
  }

  private mutating func appendSlash() throws(RequestTargetError) {
    if try resolveDots() { return }
    if mergesSlashes && segmentStart > 0 && segmentStart == path.count { return }
    path.append(0x2F)
    segmentStart = path.count
  }

  /// Removes the last segment if it is `.`, and also the one before if it is `..`.
  ///
  /// - Returns: Whether the path ends in a slash because of that.
  private mutating func resolveDots() throws(RequestTargetError) -> Bool {
    let count = path.count - segmentStart
    guard count == 1 || count == 2, segmentStart > 0, hasOnlyDots else { return false }
    path.removeLast(count)
    guard count == 2 else { return true }
    guard path.count > 1 else { throw .invalid }
    path.removeLast()
    while path.last != 0x2F {
      guard path.popLast() != nil else { throw .invalid }
    }
    segmentStart = path.count
    return true
  }

  private var hasOnlyDots: Bool { path[segmentStart...].allSatisfy { $0 == 0x2E } }
}
