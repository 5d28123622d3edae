extension RawSpan {
  /// Eight bytes as a number, the first byte lowest.
  ///
  /// - Parameter index: Of the first of them; the caller has seen that all eight are there.
  @inlinable @inline(__always) public func wholeWord(at index: Int) -> UInt64 {
    whole(UInt64.self, at: index)
  }

  /// Some bytes as a number, the first byte lowest.
  ///
  /// - Parameter index: Of the first of them; the caller has seen that all are there.
  @inlinable @inline(__always)
  public func whole<Word: FixedWidthInteger & BitwiseCopyable>(
    _ type: Word.Type, at index: Int
  ) -> Word {
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
    // Two halves that overlap are all bytes, too.
    let count = byteCount &- index
    if count >= 4 {
      let (low, high) = (whole(UInt32.self, at: index), whole(UInt32.self, at: byteCount &- 4))
      return UInt64(low) | UInt64(high) &<< UInt64((count &- 4) &* 8)
    }
    var word: UInt64 = 0
    for place in (index..<byteCount).reversed() {
      word = word << 8 | UInt64(unsafeLoad(fromByteOffset: place, as: UInt8.self))
    }
    return word
  }
}

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
