package import Bytes

/// What is made of short texts that come again and again, such as hosts: once for all times that
/// they come.
///
/// Confined to one loop. A text lives in one of a few places, and the next with the same place
/// takes its turn, so that memory stays bounded whatever comes.
package final class TextCache<Value> {
  private struct Entry {
    let text: ByteString
    let value: Value
  }

  private let maximumByteCount = 64

  /// As many as ``place(of:in:)`` knows.
  private var places: [Entry?] = Array(repeating: nil, count: 64)

  /// What a function makes of the bytes of a range.
  package func value(
    _ buffer: ByteBuffer, in range: Range<Int>, _ make: (ByteString) -> Value
  ) -> Value {
    guard range.count <= maximumByteCount else { return make(buffer.bytes(in: range)) }
    let place = place(of: range, in: buffer)
    if let entry = places[place], buffer.matches(entry.text, in: range) { return entry.value }
    let text = buffer.bytes(in: range)
    let value = make(text)
    places[place] = Entry(text: text, value: value)
    return value
  }

  /// The first eight bytes, the last one and the length tell most texts apart.
  @inline(__always)
  private func place(of range: Range<Int>, in buffer: ByteBuffer) -> Int {
    guard !range.isEmpty else { return 0 }
    let word = buffer.withSpan { $0.bytes.word(at: range.lowerBound) }
    let beginning = range.count < 8 ? word << UInt64(64 - range.count * 8) : word
    let rest = UInt64(buffer[range.upperBound - 1]) << 8 | UInt64(range.count)
    let hash = (beginning ^ rest) &* 0x9E37_79B9_7F4A_7C15
    return Int(hash >> 58)
  }
}

extension TextCache where Value == ByteString {
  /// The bytes of a range as a string, one for all times that they come.
  package func text(_ buffer: ByteBuffer, in range: Range<Int>) -> ByteString {
    value(buffer, in: range) { $0 }
  }
}
