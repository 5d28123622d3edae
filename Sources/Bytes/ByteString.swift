/// Text as it stands on the wire or in a file: bytes, compared byte by byte.
///
/// `String` will not do for paths and fields. It treats "é" and "e" + U+0301 as equal, so two
/// different paths could select one location, and upstream servers would not agree.
public struct ByteString: Hashable, Sendable {
  /// The bytes.
  public var bytes: [UInt8]

  /// An empty string.
  @inlinable public init() { bytes = [] }

  /// A string of any bytes.
  @inlinable public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// A string of bytes, which are not copied.
  @inlinable public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The UTF-8 bytes of a Swift string.
  @inlinable public init(_ text: String) { bytes = Array(text.utf8) }

  /// The decimal digits of a number, with a minus sign where it is negative.
  public init(decimal number: some BinaryInteger) { bytes = Array(String(number).utf8) }

  /// Two digits in lower case for each byte.
  public init(hexadecimal octets: some Sequence<UInt8>) {
    bytes = octets.flatMap { [ASCII.hexDigit($0 >> 4), ASCII.hexDigit($0 & 15)] }
  }

  /// Hashes all bytes in one go, and an end.
  @inlinable public func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(0xFF as UInt8)
  }

  /// The number of bytes.
  @inlinable public var count: Int { bytes.count }

  /// Whether there are none.
  @inlinable public var isEmpty: Bool { bytes.isEmpty }

  /// The byte at an index.
  @inlinable public subscript(index: Int) -> UInt8 { bytes[index] }

  /// The bytes of a part of the string.
  @inlinable public subscript(range: Range<Int>) -> ByteString {
    ByteString(Array(bytes[range]))
  }

  /// The bytes read as UTF-8, for people; invalid sequences become U+FFFD.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends another string.
  @inlinable public mutating func append(_ other: ByteString) {
    bytes.append(contentsOf: other.bytes)
  }

  /// Appends one byte.
  @inlinable public mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Both strings, one behind the other.
  @inlinable public static func + (left: ByteString, right: ByteString) -> ByteString {
    ByteString(left.bytes + right.bytes)
  }

  /// Whether the string begins so.
  @inlinable public func hasPrefix(_ prefix: ByteString) -> Bool {
    bytes.starts(with: prefix.bytes)
  }

  /// Whether the string ends so.
  @inlinable public func hasSuffix(_ suffix: ByteString) -> Bool {
    bytes.count >= suffix.count
      && bytes[(bytes.count - suffix.count)...].elementsEqual(suffix.bytes)
  }

  /// What is left without so many bytes at the front.
  @inlinable public func dropFirst(_ count: Int) -> ByteString {
    ByteString(Array(bytes.dropFirst(count)))
  }

  /// The index of the first such byte; nil where there is none.
  @inlinable public func firstIndex(of byte: UInt8) -> Int? { bytes.firstIndex(of: byte) }

  /// The string with `A`–`Z` replaced by `a`–`z`; other bytes stay.
  public var lowercased: ByteString {
    // Most words are in lower case, and need no copy.
    let hasUpperCase = bytes.contains { ASCII.lowercase($0) != $0 }
    return hasUpperCase ? ByteString(bytes.map { ASCII.lowercase($0) }) : self
  }

  /// Whether two strings are equal when ASCII letters are compared without case.
  public func equalsIgnoringCase(_ other: ByteString) -> Bool {
    count == other.count
      && zip(bytes, other.bytes).allSatisfy { ASCII.lowercase($0) == ASCII.lowercase($1) }
  }

  /// The parts between separators; empty parts are kept.
  public func split(on separator: UInt8) -> [ByteString] {
    bytes.split(separator: separator, omittingEmptySubsequences: false).map { ByteString($0) }
  }

  /// The value of the string as a non-negative decimal number; nil where it is none or too large.
  public var decimalNumber: Int? {
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
  /// A string from the source text, in UTF-8.
  public init(stringLiteral text: StaticString) {
    bytes = text.withUTF8Buffer { Array($0) }
  }
}

extension ByteString: CustomStringConvertible {
  /// The bytes as text; what is no UTF-8 is replaced.
  public var description: String { string }
}

extension ByteString: Comparable {
  /// Orders by bytes.
  public static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
