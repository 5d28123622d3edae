extension RawSpan {
  /// A hash of the bytes, eight at a time.
  ///
  /// It has no key: who chooses bytes can choose those of equal hashes. It is for tables of names
  /// that a configuration has chosen, and for caches where the next text takes the place of the
  /// last.
  @inlinable public var hash: UInt64 {
    var state = UInt64(truncatingIfNeeded: byteCount)
    var index = 0
    while index < byteCount {
      state = (state ^ word(at: index)) &* 0x9E37_79B9_7F4A_7C15
      state ^= state >> 32
      index &+= 8
    }
    return state
  }

  /// Whether the bytes are the same as others.
  @inlinable public func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var index = 0
    while index < byteCount {
      if word(at: index) != other.word(at: index) { return false }
      index &+= 8
    }
    return true
  }
}
