public import Bytes

/// The value of `Content-Range`, such as `bytes 0-499/1234` (RFC 9110, section 14.4).
public struct ContentRange: Equatable, Sendable {
  /// The first byte.
  public let first: Int

  /// The byte behind the last one.
  public let end: Int

  /// The number of bytes of the whole; nil where it is unknown.
  public let completeLength: Int?

  /// nil where the value is none, or of another unit.
  public init?(_ value: ByteString) {
    guard value.hasPrefix("bytes ") else { return nil }
    let text = ByteString(value.bytes.dropFirst(6).filter { $0 != ASCII.space })
    let parts = text.split(on: UInt8(ascii: "/"))
    guard parts.count == 2 else { return nil }
    let ends = parts[0].split(on: UInt8(ascii: "-"))
    guard ends.count == 2, let first = ends[0].decimalNumber, let last = ends[1].decimalNumber,
      first <= last, last < Int.max
    else { return nil }
    self.first = first
    end = last + 1
    guard parts[1] != "*" else {
      completeLength = nil
      return
    }
    guard let length = parts[1].decimalNumber, last < length else { return nil }
    completeLength = length
  }
}
