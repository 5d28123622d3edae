public import Bytes

/// The name of a field, ready to be looked up: in lower case, with its hash.
///
/// Field names are compared without case (RFC 9110, section 5.1).
public struct FieldName: Hashable, Sendable {
  /// The name in lower case.
  public let bytes: ByteString

  /// The hash that ``FieldLine/nameHash`` is compared with.
  public let hash: UInt32

  /// The field where the program knows the name, ``KnownField/other`` where it does not.
  public let known: KnownField

  /// - Parameter name: A name in any case.
  public init(_ name: ByteString) {
    bytes = name.lowercased
    hash = FieldName.hash(of: bytes)
    known = KnownField(bytes)
  }

  /// The name of a known field.
  public init(_ field: KnownField) {
    bytes = ByteString(stringLiteral: field.name)
    hash = FieldName.hash(of: bytes)
    known = field
  }

  /// The hash of a name in any case and spelling: of its first and its last eight bytes.
  ///
  /// `-` and `_` count as the same byte, so that a variable's spelling (`$http_x_real_ip`) finds
  /// its field (`X-Real-IP`) by the same hash.
  public static func hash(of name: ByteString) -> UInt32 { NameWords(name).hash }

  /// One of 64 bits for each hash: in a set of such bits, most names that are not there have none.
  @inlinable public static func bit(of hash: UInt32) -> UInt64 { 1 &<< UInt64(hash &>> 26) }

  /// A byte of a name as variables spell it: in lower case, `-` as `_`.
  @inlinable public static func spelling(of byte: UInt8) -> UInt8 {
    byte == 0x2D ? 0x5F : ASCII.lowercase(byte)
  }
}

extension FieldName: ExpressibleByStringLiteral {
  /// A name in lower case.
  public init(stringLiteral text: StaticString) {
    self.init(ByteString(stringLiteral: text))
  }
}

/// The bytes of a name as words of eight, the first byte lowest.
///
/// A name of at least eight bytes has its first and its last eight; of a shorter one, zeros stand
/// before its bytes in ``first``, and ``last`` is zero.
struct NameWords {
  /// The longest name that two can be compared of.
  static let longestName = 24

  private let byteCount: Int
  private let first: UInt64
  private let last: UInt64

  /// The second eight bytes of a name that has more than two words.
  private let middle: UInt64

  /// No name: none is equal to it.
  init() { (byteCount, first, last, middle) = (-1, 0, 0, 0) }

  /// The words of a whole name.
  init(_ name: ByteString) { self.init(name.bytes.span, from: 0, byteCount: name.count) }

  /// The words of the name in a part of a span.
  init(_ bytes: Span<UInt8>, from start: Int, byteCount: Int) {
    precondition(start >= 0 && byteCount >= 0 && start + byteCount <= bytes.count)
    self.init(bytes, from: start, byteCount, firstWord: bytes.bytes.word(at: start))
  }

  /// The words of the name in a part of a span.
  ///
  /// - Parameters:
  ///   - byteCount: The length of the name; the caller has seen that all of it is there.
  ///   - firstWord: The first eight bytes of the name and of what stands behind it.
  @inline(__always)
  init(_ bytes: Span<UInt8>, from start: Int, _ byteCount: Int, firstWord: UInt64) {
    self.byteCount = byteCount
    if byteCount >= 8 {
      first = firstWord
      last = bytes.bytes.wholeWord(at: start &+ byteCount &- 8)
      middle = byteCount > 16 ? bytes.bytes.wholeWord(at: start &+ 8) : 0
    } else {
      first = firstWord &<< UInt64(truncatingIfNeeded: (8 &- byteCount) &* 8)
      (last, middle) = (0, 0)
    }
  }

  /// See ``FieldName/hash(of:)``.
  ///
  /// The bits in which the cases of a letter differ, and those in which `-` and `_` do, are set.
  var hash: UInt32 {
    @inline(__always) get {
      let fold: UInt64 = 0x7272_7272_7272_7272
      let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
      let product = ((first | fold) &* factor ^ (last | fold)) &* factor
      return UInt32(truncatingIfNeeded: product &>> 32)
    }
  }

  /// Whether it is another name of at most ``longestName`` bytes, but for bits that a mask leaves
  /// out.
  @inline(__always)
  func isEqual(to other: NameWords, in mask: NameWords) -> Bool {
    let difference = (first ^ other.first) & mask.first | (last ^ other.last) & mask.last
    guard difference == 0, byteCount == other.byteCount else { return false }
    return byteCount <= 16 || (middle ^ other.middle) & mask.middle == 0
  }
}
