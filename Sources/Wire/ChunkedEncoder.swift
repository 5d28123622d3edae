public import Bytes

/// Puts the chunked transfer coding on (RFC 9112, section 7.1).
///
/// A chunk is its prefix, the data and its suffix; the data need not pass through the same buffer.
public enum ChunkedEncoder {
  /// What follows the data of each chunk.
  public static let suffix: StaticString = "\r\n"

  /// The last chunk and an empty trailer section.
  public static let end: StaticString = "0\r\n\r\n"

  /// Appends what stands before the data of a chunk.
  ///
  /// - Parameter count: The number of bytes of data; not 0, which would end the content.
  public static func appendPrefix(dataCount count: Int, to buffer: ByteBuffer) {
    precondition(count > 0)
    buffer.append(hexadecimal: UInt(count))
    buffer.append(suffix)
  }

  /// Appends what stands after the data of a chunk.
  public static func appendSuffix(to buffer: ByteBuffer) { buffer.append(suffix) }

  /// Appends a whole chunk; nothing for empty data.
  public static func appendChunk(_ data: Span<UInt8>, to buffer: ByteBuffer) {
    guard !data.isEmpty else { return }
    appendPrefix(dataCount: data.count, to: buffer)
    buffer.append(data)
    appendSuffix(to: buffer)
  }

  /// Appends the end of the content.
  ///
  /// - Parameter trailers: The fields of the trailer section; those without a value are left out.
  public static func appendEnd(
    trailers: [(name: ByteString, value: ByteString)] = [], to buffer: ByteBuffer
  ) {
    guard !trailers.isEmpty else { return buffer.append(end) }
    buffer.append("0\r\n")
    for (name, value) in trailers where !value.isEmpty {
      buffer.append(name)
      buffer.append(": ")
      buffer.append(value)
      buffer.append("\r\n")
    }
    buffer.append("\r\n")
  }
}
