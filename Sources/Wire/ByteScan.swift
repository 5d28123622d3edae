/// Searches that look at many bytes at once.
///
/// The parsers spend most of their time in field values and request targets, where nearly every
/// byte is uninteresting.
enum ByteScan {
  /// The place of the first byte below a bound, at or after an index; the count where none is.
  ///
  /// - Parameter bound: At least 1.
  @inline(__always)
  static func firstIndex(below bound: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    firstIndex(in: bytes, from: start) { $0.places(below: bound).first }
  }

  /// The place of the first byte that is a space, a control character or DEL, at or after an index;
  /// the count where there is none.
  @inline(__always)
  static func firstIndexOfInvisible(in bytes: Span<UInt8>, from start: Int) -> Int {
    firstIndex(in: bytes, from: start) { ($0.places(below: 0x21) | $0.places(of: 0x7F)).first }
  }

  /// The place of the first byte of a value, at or after an index; the count where there is none.
  static func firstIndex(of wanted: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    firstIndex(in: bytes, from: start) { $0.places(of: wanted).first }
  }

  @inline(__always)
  private static func firstIndex(
    in bytes: Span<UInt8>, from start: Int, _ find: (ByteVector) -> Int?
  ) -> Int {
    precondition(start >= 0)
    var index = start
    while index &+ ByteVector.count <= bytes.count {
      if let place = find(ByteVector(bytes, wholeAt: index)) { return index &+ place }
      index &+= ByteVector.count
    }
    let place = find(ByteVector(bytes, lastFrom: index)) ?? ByteVector.count
    return max(start, min(index &+ place, bytes.count))
  }

  /// The same as ``firstIndex(below:in:from:)`` for those who ask for each line: a byte that is
  /// near is found without a call.
  ///
  /// - Parameter start: Not negative.
  @inline(__always)
  static func nearIndex(below bound: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    let next = start &+ ByteVector.count
    if next <= bytes.count {
      let place = ByteVector(bytes, wholeAt: start).places(below: bound).first
      return place.map { start &+ $0 } ?? farIndex(below: bound, in: bytes, from: next)
    }
    let place = ByteVector(bytes, lastFrom: start).places(below: bound).first
    return min(start &+ (place ?? 0), bytes.count)
  }

  @inline(never)
  private static func farIndex(below bound: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    firstIndex(below: bound, in: bytes, from: start)
  }

  // MARK: - Words

  /// A word whose bytes are all 1.
  static var ones: UInt64 { @inline(__always) get { 0x0101_0101_0101_0101 } }

  /// The top bit of the first byte of a value; those of bytes behind it mean nothing.
  ///
  /// Subtracting 1 from each byte borrows into the top bit of one that is zero. A borrow can
  /// disturb bytes *after* the first such byte only.
  @inline(__always) static func hits(of wanted: UInt8, in word: UInt64) -> UInt64 {
    let difference = word ^ (ones &* UInt64(wanted))
    return (difference &- ones) & ~difference & (ones &* 0x80)
  }
}
