/// A range of offsets into the buffer that a head was parsed from.
///
/// It is half the size of a `Range<Int>`, and a head holds dozens of them. Offsets count from the
/// first readable byte of the buffer, at most 2³¹ − 1.
public struct ByteRange: Hashable, Sendable {
  /// The index of the first byte.
  public var start: Int32

  /// The index behind the last byte.
  public var end: Int32

  /// The bytes from one index up to another.
  @inlinable public init(start: Int, end: Int) {
    self.start = Int32(start)
    self.end = Int32(end)
  }

  /// The same bytes as a range of integers.
  @inlinable public init(_ range: Range<Int>) {
    self.init(start: range.lowerBound, end: range.upperBound)
  }

  /// The bytes from one index up to another, both of which are known to be small enough.
  init(checkedStart start: Int, end: Int) {
    self.start = Int32(truncatingIfNeeded: start)
    self.end = Int32(truncatingIfNeeded: end)
  }

  /// A range without bytes, at the start.
  public static let empty = ByteRange(start: 0, end: 0)

  /// The range as `ByteBuffer` and `Span` want it.
  @inlinable public var range: Range<Int> { Int(start)..<Int(end) }

  /// The number of bytes.
  @inlinable public var count: Int { Int(end) - Int(start) }

  /// Whether there are none.
  @inlinable public var isEmpty: Bool { start == end }
}
