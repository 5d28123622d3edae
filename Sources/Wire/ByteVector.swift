import Bytes

/// Sixteen bytes that are compared at once.
///
/// Most names and values of fields are no longer, so that one comparison finds their end.
struct ByteVector {
  /// How many bytes it holds.
  static let count = 16

  private let bytes: SIMD16<UInt8>

  /// Sixteen bytes of a span.
  ///
  /// - Parameter index: Of the first of them; the caller has seen that all are there.
  @inline(__always)
  init(_ span: Span<UInt8>, wholeAt index: Int) {
    bytes = span.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
  }

  /// The bytes of a span from an index on; zeros stand for those behind its end.
  ///
  /// - Parameter index: Not negative.
  @inline(__always)
  init(_ span: Span<UInt8>, at index: Int) {
    if index &+ ByteVector.count <= span.count {
      self.init(span, wholeAt: index)
    } else {
      self.init(span, lastFrom: index)
    }
  }

  /// The bytes of a span from an index on, fewer than sixteen; zeros stand for the missing ones.
  @inline(never)
  init(_ span: Span<UInt8>, lastFrom index: Int) {
    precondition(index >= 0)
    let excess = index &+ ByteVector.count &- span.count
    var number: UInt128 = 0
    if span.count >= ByteVector.count, excess < ByteVector.count {
      let last = span.bytes.whole(UInt128.self, at: span.count &- ByteVector.count)
      number = last &>> UInt128(excess &* 8)
    } else {
      for place in (index..<max(index, span.count)).reversed() {
        number = number << 8 | UInt128(span[place])
      }
    }
    bytes = unsafeBitCast(number.littleEndian, to: SIMD16<UInt8>.self)
  }

  /// The first eight bytes as a number, the first byte lowest.
  var firstWord: UInt64 {
    @inline(__always) get { unsafeBitCast(bytes, to: SIMD2<UInt64>.self)[0].littleEndian }
  }

  /// Where a byte is.
  @inline(__always)
  func places(of byte: UInt8) -> BytePlaces {
    BytePlaces(bytes .== SIMD16<UInt8>(repeating: byte))
  }

  /// Where bytes below a bound are.
  @inline(__always)
  func places(below bound: UInt8) -> BytePlaces {
    BytePlaces(bytes .< SIMD16<UInt8>(repeating: bound))
  }
}

/// Which of sixteen bytes are meant.
struct BytePlaces {
  /// A byte of ones for each byte that is meant, and one of zeros for each other.
  private let mask: SIMD16<UInt8>

  @inline(__always)
  fileprivate init(_ mask: SIMDMask<SIMD16<UInt8>.MaskStorage>) {
    self.mask = unsafeBitCast(mask, to: SIMD16<UInt8>.self)
  }

  @inline(__always)
  private init(_ mask: SIMD16<UInt8>) { self.mask = mask }

  /// The first that is meant, from 0 to 15; nil where none is.
  var first: Int? {
    @inline(__always) get {
      let words = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
      let low = words[0].littleEndian
      if low != 0 { return low.trailingZeroBitCount / 8 }
      let high = words[1].littleEndian
      return high != 0 ? 8 &+ high.trailingZeroBitCount / 8 : nil
    }
  }

  /// Those that are meant here or there.
  @inline(__always)
  static func | (left: BytePlaces, right: BytePlaces) -> BytePlaces {
    BytePlaces(left.mask | right.mask)
  }

  /// Those that are meant here and there.
  @inline(__always)
  static func & (left: BytePlaces, right: BytePlaces) -> BytePlaces {
    BytePlaces(left.mask & right.mask)
  }
}
