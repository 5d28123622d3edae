/// Questions about single bytes of ASCII text.
public enum ASCII {
  /// A horizontal tab, `HTAB`.
  public static let tab: UInt8 = 0x09

  /// A line feed, `LF`.
  public static let lineFeed: UInt8 = 0x0A

  /// A carriage return, `CR`.
  public static let carriageReturn: UInt8 = 0x0D

  /// A space, `SP`.
  public static let space: UInt8 = 0x20

  /// `CRLF` as a number, the first byte lowest.
  public static let lineEnd: UInt16 = 0x0A0D

  /// `A`–`Z` as `a`–`z`; any other byte unchanged.
  @inlinable public static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  /// `a`–`z` as `A`–`Z`; any other byte unchanged.
  @inlinable public static func uppercase(_ byte: UInt8) -> UInt8 {
    byte &- 0x61 < 26 ? byte & 0xDF : byte
  }

  /// The value of `0`–`9`; nil for any other byte.
  @inlinable public static func digit(_ byte: UInt8) -> Int? {
    byte &- 0x30 < 10 ? Int(byte &- 0x30) : nil
  }

  /// The value of a hexadecimal digit of either case; nil for any other byte.
  @inlinable public static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }

  /// Whether the byte is a letter of either case.
  @inlinable public static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26
  }

  /// Whether the byte is a digit.
  @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// Whether the byte is a letter or a digit.
  @inlinable public static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte)
  }

  /// `0`–`9`, `a`–`f` in lower case.
  @inlinable public static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }

  /// Eight bytes with `A`–`Z` as `a`–`z`; any other byte unchanged.
  @inlinable @inline(__always) public static func lowercase(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7F)
    // An addition sets the top bit of each byte that is at or above a bound. Shifted, the top bits
    // of capital letters are the bits that tell the cases apart.
    let capitals = (low &+ ones &* (0x80 - 0x41)) & ~(low &+ ones &* (0x80 - 0x5B)) & ~word
    return word | (capitals & (ones &* 0x80)) >> 2
  }
}
