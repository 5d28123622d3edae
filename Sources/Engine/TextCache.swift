package import Bytes

/// Short texts that come again and again, such as hosts and media types: one string for all times
/// that they come, instead of another copy each time.
///
/// Confined to one loop. A text lives in one of a few places, and the next with the same place
/// takes its turn, so that memory stays bounded whatever comes.
package final class TextCache {
  private static let placeCount = 64
  private static let maximumByteCount = 64

  private var places = Array(repeating: ByteString(), count: TextCache.placeCount)

  /// The bytes of a range as a string.
  package func text(_ buffer: ByteBuffer, in range: Range<Int>) -> ByteString {
    guard !range.isEmpty else { return ByteString() }
    guard range.count <= TextCache.maximumByteCount else { return buffer.bytes(in: range) }
    let last = Int(buffer[range.upperBound - 1])
    let middle = Int(buffer[range.lowerBound + range.count / 2])
    let place = (range.count &* 7 &+ last &* 3 &+ middle) & (TextCache.placeCount - 1)
    if buffer.matches(places[place], in: range) { return places[place] }
    let text = buffer.bytes(in: range)
    places[place] = text
    return text
  }
}
