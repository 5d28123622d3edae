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

  /// The hash of a name in any case and spelling.
  ///
  /// `-` and `_` count as the same byte, so that a variable's spelling (`$http_x_real_ip`) finds
  /// its field (`X-Real-IP`) by the same hash.
  public static func hash(of name: ByteString) -> UInt32 {
    name.bytes.withUnsafeBytes { hash(of: $0) }
  }

  /// The hash of the name that the bytes are.
  static func hash(of name: UnsafeRawBufferPointer) -> UInt32 {
    var hash = NameHash()
    var index = 0
    while index &+ 8 <= name.count {
      hash.add(name.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian)
      index &+= 8
    }
    if index < name.count {
      var rest: UInt64 = 0
      for place in index..<name.count { rest |= UInt64(name[place]) << UInt64((place - index) * 8) }
      hash.add(rest)
    }
    return hash.value
  }

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

/// The bytes of a name as words of eight, the first byte lowest and zeros behind the last one; the
/// last word comes first.
struct NameWords {
  /// The longest name that two can be compared of: of a longer one, the first words are forgotten.
  static let longestName = 24

  private var byteCount = 0
  private var last: UInt64 = 0
  private var second: UInt64 = 0
  private var third: UInt64 = 0

  /// A name without bytes.
  init() {}

  /// The name in a part of a span.
  init(_ bytes: RawSpan, in range: Range<Int>) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      let count = min(8, range.upperBound - index)
      add(bytes.word(at: index) & NameWords.mask(count), count)
    }
  }

  /// The bits of the first one to eight bytes of a word.
  @inline(__always)
  static func mask(_ byteCount: Int) -> UInt64 { UInt64.max &>> UInt64((8 &- byteCount) &* 8) }

  /// Adds a word; only the last one may hold fewer than eight bytes.
  @inline(__always)
  mutating func add(_ word: UInt64, _ count: Int) {
    third = second
    second = last
    last = word
    byteCount &+= count
  }

  /// Whether it is another name of at most ``longestName`` bytes, but for bits that a mask leaves
  /// out.
  @inline(__always)
  func isEqual(to other: NameWords, in mask: NameWords) -> Bool {
    let difference =
      (last ^ other.last) & mask.last | (second ^ other.second) & mask.second
      | (third ^ other.third) & mask.third
    return difference == 0 && byteCount == other.byteCount
  }
}

/// The hash of a name in the making: eight bytes at a time, the last ones filled up with zeros.
struct NameHash {
  private var state: UInt64 = 0

  /// Adds eight bytes.
  ///
  /// The bits in which the cases of a letter differ, and those in which `-` and `_` do, are set.
  mutating func add(_ word: UInt64) {
    state = (state ^ (word | 0x7272_7272_7272_7272)) &* 0x9E37_79B9_7F4A_7C15
    state ^= state >> 29
  }

  var value: UInt32 { UInt32(truncatingIfNeeded: state ^ state >> 32) }
}
