/// Searches that look at eight bytes at once.
///
/// The parsers spend most of their time in field values and request targets, where nearly every
/// byte is uninteresting. A word of bytes is compared by arithmetic: subtracting a bound from each
/// byte borrows into its top bit where the byte is below the bound. A borrow can disturb bytes
/// *after* the first hit only, and only the first hit is used.
public enum ByteScan {

  /// The place of the first byte below a bound, at or after an index; the count where none is.
  ///
  /// - Parameter bound: At most 0x80.
  @inlinable public static func firstIndex(
    below bound: UInt8, in bytes: Span<UInt8>, from start: Int
  ) -> Int {
    precondition(start >= 0)
    let raw = bytes.bytes
    var index = start
    while index &+ 8 <= bytes.count {
      let word = raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
        .littleEndian
      let hits = (word &- 0x0101_0101_0101_0101 &* UInt64(bound)) & ~word & 0x8080_8080_8080_8080
      if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < bytes.count && bytes[index] >= bound { index &+= 1 }
    return max(index, start)
  }

  /// The place of the first byte of a value, at or after an index; the count where there is none.
  @inlinable public static func firstIndex(
    of wanted: UInt8, in bytes: Span<UInt8>, from start: Int
  ) -> Int {
    precondition(start >= 0)
    let raw = bytes.bytes
    let pattern = 0x0101_0101_0101_0101 &* UInt64(wanted)
    var index = start
    while index &+ 8 <= bytes.count {
      let word =
        raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self).littleEndian
        ^ pattern
      let hits = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < bytes.count && bytes[index] != wanted { index &+= 1 }
    return max(index, start)
  }
}
