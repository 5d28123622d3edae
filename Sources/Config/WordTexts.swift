import Bytes

/// The texts of words that a configuration repeats: one for all times that they come.
///
/// A text lives in one of a few places, and the next with the same place takes its turn.
final class WordTexts {
  /// The longest text that is kept, in bytes.
  private let maximumLength = 64
  private var places = Array(repeating: ByteString(), count: 1024)

  /// The text of some bytes.
  func text(_ bytes: Span<UInt8>) -> ByteString {
    guard bytes.count <= maximumLength else { return WordTexts.copy(bytes) }
    let place = Int(bytes.bytes.hash >> 54)
    let known = places[place]
    if known.bytes.span.bytes.isEqual(to: bytes.bytes) { return known }
    let text = WordTexts.copy(bytes)
    places[place] = text
    return text
  }

  private static func copy(_ bytes: Span<UInt8>) -> ByteString {
    bytes.withUnsafeBufferPointer { ByteString(Array($0)) }
  }
}
