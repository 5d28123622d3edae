import Bytes

/// The text that every match of a regular expression begins with, by which most subjects can be
/// refused without running the expression.
///
/// Of a long text only the last eight bytes are compared, which tell the expressions of a list
/// apart more often than the first.
struct LiteralPrefix: Sendable {
  private let byteCount: UInt32

  /// Where the bytes begin that are compared.
  private let offset: UInt32

  /// Those bytes, the first lowest, and which bits of such a word they are.
  private let word: UInt64
  private let mask: UInt64

  /// A text; an empty one is a prefix of every subject.
  init(_ text: ByteString) {
    byteCount = UInt32(text.count)
    offset = UInt32(max(0, text.count - 8))
    word = text.bytes.span.bytes.word(at: Int(offset))
    mask = text.count < 8 ? (1 << UInt64(text.count * 8)) - 1 : .max
  }

  /// Whether a subject may begin so.
  @inline(__always)
  func mayBegin(_ subject: Span<UInt8>) -> Bool {
    (subject.bytes.word(at: Int(offset)) ^ word) & mask == 0 && subject.count >= Int(byteCount)
  }
}

extension LiteralPrefix {
  /// The text behind `^` at the front of an expression, up to the first byte that means something
  /// else than itself.
  ///
  /// - Parameter source: An expression that heeds case and has no alternatives but in groups.
  static func text(of source: ByteString) -> ByteString {
    var text = ByteString()
    guard source.hasPrefix("^") else { return text }
    var index = 1
    while index < source.count, let (byte, end) = literal(source, at: index) {
      text.append(byte)
      index = end
    }
    guard index < source.count, !beginsItem(source, at: index), !text.isEmpty else { return text }
    return text[0..<text.count - 1]
  }

  /// Whether what stands at a place surely is an item of its own; anything else may say how often
  /// the item before it comes, or stand between that and a quantifier, as `(?#…)` and `\E` do.
  private static func beginsItem(_ source: ByteString, at index: Int) -> Bool {
    let next = index + 1 < source.count ? source[index + 1] : 0
    return switch source[index] {
    case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "$"): true
    case UInt8(ascii: "("): next != UInt8(ascii: "?") && next != UInt8(ascii: "*")
    case UInt8(ascii: "\\"): next != UInt8(ascii: "E") && next != UInt8(ascii: "Q")
    default: false
    }
  }

  /// The byte that an expression wants at a place, and where it goes on; nil where it is not one.
  private static func literal(_ source: ByteString, at index: Int) -> (byte: UInt8, end: Int)? {
    let byte = source[index]
    if !special.contains(byte) { return (byte, index + 1) }
    // Behind a backslash, what is neither a letter nor a digit means itself.
    guard byte == UInt8(ascii: "\\"), index + 1 < source.count else { return nil }
    let escaped = source[index + 1]
    guard escaped < 0x80, !ASCII.isAlphanumeric(escaped) else { return nil }
    return (escaped, index + 2)
  }

  private static let special = Array("\\^$.[|()?*+{".utf8)
}
