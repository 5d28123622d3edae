/// Text as it stands on the wire or in a file: bytes, compared byte by byte.
///
/// `String` will not do for paths and fields. It treats "é" and "e" + U+0301 as equal, so two
/// different paths could select one location, and upstream servers would not agree.
package struct ByteString: Hashable, Sendable {
  package var bytes: [UInt8]

  /// An empty string.
  @inlinable package init() { bytes = [] }

  @inlinable package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  @inlinable package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The UTF-8 bytes of a Swift string.
  @inlinable package init(_ text: String) { bytes = Array(text.utf8) }

  /// The decimal digits of a number, with a minus sign where it is negative.
  package init(decimal number: some BinaryInteger) { bytes = Array(String(number).utf8) }

  @inlinable package var count: Int { bytes.count }
  @inlinable package var isEmpty: Bool { bytes.isEmpty }

  @inlinable package subscript(index: Int) -> UInt8 { bytes[index] }

  /// The bytes of a part of the string.
  @inlinable package subscript(range: Range<Int>) -> ByteString {
    ByteString(Array(bytes[range]))
  }

  /// The bytes read as UTF-8, for people; invalid sequences become U+FFFD.
  package var string: String { String(decoding: bytes, as: UTF8.self) }

  @inlinable package mutating func append(_ other: ByteString) {
    bytes.append(contentsOf: other.bytes)
  }

  @inlinable package mutating func append(_ byte: UInt8) { bytes.append(byte) }

  @inlinable package static func + (left: ByteString, right: ByteString) -> ByteString {
    ByteString(left.bytes + right.bytes)
  }

  @inlinable package func hasPrefix(_ prefix: ByteString) -> Bool {
    bytes.starts(with: prefix.bytes)
  }

  @inlinable package func hasSuffix(_ suffix: ByteString) -> Bool {
    bytes.count >= suffix.count
      && bytes[(bytes.count - suffix.count)...].elementsEqual(suffix.bytes)
  }

  @inlinable package func dropFirst(_ count: Int) -> ByteString {
    ByteString(Array(bytes.dropFirst(count)))
  }

  @inlinable package func firstIndex(of byte: UInt8) -> Int? { bytes.firstIndex(of: byte) }

  /// The string with `A`–`Z` replaced by `a`–`z`; other bytes stay.
  package var lowercased: ByteString { ByteString(bytes.map { ASCII.lowercase($0) }) }

  /// Whether two strings are equal when ASCII letters are compared without case.
  package func equalsIgnoringCase(_ other: ByteString) -> Bool {
    count == other.count
      && zip(bytes, other.bytes).allSatisfy { ASCII.lowercase($0) == ASCII.lowercase($1) }
  }

  /// The parts between separators; empty parts are kept.
  package func split(on separator: UInt8) -> [ByteString] {
    bytes.split(separator: separator, omittingEmptySubsequences: false).map { ByteString($0) }
  }

  /// The value of the string as a non-negative decimal number; nil where it is none or too large.
  package var decimalNumber: Int? {
    guard !isEmpty else { return nil }
    var number = 0
    for byte in bytes {
      guard let digit = ASCII.digit(byte) else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowOfSum) = product.addingReportingOverflow(digit)
      guard !overflow, !overflowOfSum else { return nil }
      number = sum
    }
    return number
  }
}

extension ByteString: ExpressibleByStringLiteral {
  package init(stringLiteral text: StaticString) {
    bytes = text.withUTF8Buffer { Array($0) }
  }
}

extension ByteString: CustomStringConvertible {
  package var description: String { string }
}

extension ByteString: Comparable {
  package static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
