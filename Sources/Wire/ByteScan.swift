/// Searches that look at eight bytes at once.
///
/// The parsers spend most of their time in field values and request targets, where nearly every
/// byte is uninteresting. A word of bytes is compared by arithmetic: subtracting a bound from each
/// byte borrows into its top bit where the byte is below the bound. A borrow can disturb bytes
/// *after* the first hit only, and only the first hit is used.
public enum ByteScan {
  /// A word whose bytes are all 1.
  @usableFromInline static var ones: UInt64 { @inline(__always) get { 0x0101_0101_0101_0101 } }

  /// A word of the top bit of each byte.
  @usableFromInline static var tops: UInt64 { @inline(__always) get { ones &* 0x80 } }

  /// The place of the first byte below a bound, at or after an index; the count where none is.
  ///
  /// - Parameter bound: At least 1, at most 0x80.
  @inlinable @inline(__always) public static func firstIndex(
    below bound: UInt8, in bytes: Span<UInt8>, from start: Int
  ) -> Int {
    firstIndex(in: bytes, from: start) { ($0 &- ones &* UInt64(bound)) & ~$0 & tops }
  }

  /// The place of the first byte that is a space, a control character or DEL, at or after an index;
  /// the count where there is none.
  static func firstIndexOfInvisible(in bytes: Span<UInt8>, from start: Int) -> Int {
    firstIndex(in: bytes, from: start) {
      (($0 &- ones &* 0x21) & ~$0 & tops) | hits(of: 0x7F, in: $0)
    }
  }

  /// - Parameter hits: The top bit of the first byte that is wanted in a word; those of bytes
  ///   behind it mean nothing. A zero must be wanted: zeros stand for what is behind the end.
  @inlinable @inline(__always)
  static func firstIndex(
    in bytes: Span<UInt8>, from start: Int, _ hits: (UInt64) -> UInt64
  ) -> Int {
    precondition(start >= 0)
    var index = start
    while index &+ 8 <= bytes.count {
      let found = hits(bytes.bytes.wholeWord(at: index))
      if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
      index &+= 8
    }
    let found = hits(bytes.bytes.lastWord(at: index))
    return max(start, min(index &+ found.trailingZeroBitCount / 8, bytes.count))
  }

  /// The place of the first byte of a value, at or after an index; the count where there is none.
  @inlinable public static func firstIndex(
    of wanted: UInt8, in bytes: Span<UInt8>, from start: Int
  ) -> Int {
    precondition(start >= 0)
    let raw = bytes.bytes
    var index = start
    while index &+ 8 <= bytes.count {
      let hits = hits(of: wanted, in: raw.wholeWord(at: index))
      if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < bytes.count && bytes[index] != wanted { index &+= 1 }
    return max(index, start)
  }

  /// The top bit of the first byte of a value; those of bytes behind it mean nothing.
  @inlinable @inline(__always) static func hits(of wanted: UInt8, in word: UInt64) -> UInt64 {
    let difference = word ^ (ones &* UInt64(wanted))
    return (difference &- ones) & ~difference & tops
  }
}

extension RawSpan {
  /// Eight bytes as a number, the first byte lowest.
  ///
  /// - Parameter index: Of the first of them; the caller has seen that all eight are there.
  @inlinable @inline(__always) func wholeWord(at index: Int) -> UInt64 {
    whole(UInt64.self, at: index)
  }

  /// Some bytes as a number, the first byte lowest.
  ///
  /// - Parameter index: Of the first of them; the caller has seen that all are there.
  @inlinable @inline(__always)
  func whole<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, at index: Int) -> Word {
    unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: type).littleEndian
  }

  /// Eight bytes as a number, the first byte lowest; zeros stand for those behind the end.
  @inlinable @inline(__always) public func word(at index: Int) -> UInt64 {
    index >= 0 && index &+ 8 <= byteCount ? wholeWord(at: index) : lastWord(at: index)
  }

  /// The bytes from an index on, fewer than eight.
  @inlinable @inline(never) func lastWord(at index: Int) -> UInt64 {
    precondition(index >= 0)
    guard index < byteCount else { return 0 }
    if byteCount >= 8 {
      return wholeWord(at: byteCount &- 8) &>> UInt64((index &+ 8 &- byteCount) &* 8)
    }
    var word: UInt64 = 0
    for place in (index..<byteCount).reversed() {
      word = word << 8 | UInt64(unsafeLoad(fromByteOffset: place, as: UInt8.self))
    }
    return word
  }
}
