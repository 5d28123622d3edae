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
    var hash: UInt32 = 0
    for index in bytes.indices { hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193 }
    let place = Int((hash ^ hash >> 15) & 1023)
    let known = places[place]
    if WordTexts.isEqual(known.bytes.span, bytes) { return known }
    let text = WordTexts.copy(bytes)
    places[place] = text
    return text
  }

  private static func copy(_ bytes: Span<UInt8>) -> ByteString {
    bytes.withUnsafeBufferPointer { ByteString(Array($0)) }
  }

  private static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }
}
