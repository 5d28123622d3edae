import Bytes

/// The parts of a body that are sent, and the text around them where they are several.
final class RangeSelection {
  /// What is sent: text, or a range that counts from the beginning of the bytes at hand.
  enum Piece: Equatable {
    case text(ByteString)
    case body(Range<Int>)
  }

  private let ranges: [Range<Int>]

  /// What stands before each part; empty where there is only one.
  private let heads: [ByteString]

  /// What stands behind the last part.
  private let closing: ByteString

  /// How many bytes of the whole body have been seen.
  private var position = 0

  /// Where the first part begins, and where the last one ends.
  var start: Int { ranges.first?.lowerBound ?? 0 }
  var end: Int { ranges.last?.upperBound ?? 0 }

  /// Notes that the next bytes of the body come from farther behind.
  func skip(to position: Int) { self.position = max(position, self.position) }

  /// One part, sent as it is.
  ///
  /// - Parameter offset: Where the bytes to come begin.
  init(_ range: Range<Int>, from offset: Int = 0) {
    position = offset
    ranges = [range]
    heads = []
    closing = ByteString()
  }

  /// Several parts, as `multipart/byteranges` (RFC 9110, section 14.6).
  ///
  /// - Parameters:
  ///   - length: Of the whole body, in bytes.
  ///   - type: The media type of the whole body; nil where it has none.
  init(_ ranges: [Range<Int>], of length: Int, type: ByteString?, boundary: ByteString) {
    self.ranges = ranges
    let typeLine = type.map { "Content-Type: " + $0 + "\r\n" } ?? ByteString()
    heads = ranges.map { range in
      "\r\n--" + boundary + "\r\n" + typeLine
        + ByteString(
          "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)\r\n\r\n")
    }
    closing = "\r\n--" + boundary + "--\r\n"
  }

  /// The number of bytes that are sent.
  var byteCount: Int {
    ranges.reduce(0) { $0 + $1.count } + heads.reduce(closing.count) { $0 + $1.count }
  }

  /// Selects from the next bytes of the body.
  ///
  /// Several parts need not be in order, so the bytes must then be the whole body.
  func pieces(ofNext count: Int) -> [Piece] {
    let here = position..<position + count
    position += count
    var pieces: [Piece] = []
    for (index, range) in ranges.enumerated() {
      let common = range.clamped(to: here)
      guard !common.isEmpty else { continue }
      if !heads.isEmpty { pieces.append(.text(heads[index])) }
      pieces.append(
        .body(common.lowerBound - here.lowerBound..<common.upperBound - here.lowerBound))
    }
    if !closing.isEmpty { pieces.append(.text(closing)) }
    return pieces
  }
}
