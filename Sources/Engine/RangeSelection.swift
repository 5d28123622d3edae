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
  private let end: ByteString

  /// How many bytes of the whole body have been seen.
  private var position = 0

  /// One part, sent as it is.
  init(_ range: Range<Int>) {
    ranges = [range]
    heads = []
    end = ByteString()
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
    end = "\r\n--" + boundary + "--\r\n"
  }

  /// The number of bytes that are sent.
  var byteCount: Int {
    ranges.reduce(0) { $0 + $1.count } + heads.reduce(end.count) { $0 + $1.count }
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
    if !end.isEmpty { pieces.append(.text(end)) }
    return pieces
  }
}
