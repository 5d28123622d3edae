public import Bytes

/// Percent-encoding (RFC 3986, section 2.1), in the varieties that nginx uses.
public enum PercentEncoding {
  /// The bytes that are encoded, as a set of 256 bits.
  ///
  /// All sets but ``memcached`` have the bytes below 0x21 and above 0x7E.
  public struct Escapes: Sendable {
    let bits: (UInt64, UInt64, UInt64, UInt64)

    /// Whether the byte is in the set.
    public func contains(_ byte: UInt8) -> Bool {
      let word =
        switch byte >> 6 {
        case 0: bits.0
        case 1: bits.1
        case 2: bits.2
        default: bits.3
        }
      return word >> UInt64(byte & 63) & 1 != 0
    }

    private init(_ characters: StaticString, includingHigh: Bool = true) {
      // Controls and the space.
      var low: UInt64 = 0x1_FFFF_FFFF
      var high: UInt64 = includingHigh ? 1 << 63 : 0
      characters.withUTF8Buffer { text in
        for byte in text {
          if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
        }
      }
      let rest: UInt64 = includingHigh ? .max : 0
      bits = (low, high, rest, rest)
    }

    /// For paths: what is no part of a URI, and `#`, `%`, `?`.
    public static let uri = Escapes("\"#%<>?\\^`{|}")

    /// For queries: those of paths, and `&`, `+`, `;`.
    public static let query = Escapes("\"#%&+;<>?\\^`{|}")

    /// For a part of a URI: everything but letters, digits, `-`, `.`, `_`, `~`.
    public static let uriComponent = Escapes("!\"#$%&'()*+,/:;<=>?@[\\]^`{|}")

    /// For URIs in the text of a page: with quotation marks, but `?` stays.
    public static let html = Escapes("\"#%'<>\\^`{|}")

    /// For URIs in a `Refresh` field: what is encoded already, stays.
    ///
    /// nginx: in this one set, `~` is encoded and `}` is kept.
    public static let refresh = Escapes("\"'<>\\^`{|~")

    /// For keys of memcached: controls, space and `%`.
    public static let memcached = Escapes("%", includingHigh: false)
  }

  /// The text with some bytes as `%XX`, in upper case.
  public static func encode(_ text: ByteString, escaping escapes: Escapes) -> ByteString {
    guard text.bytes.contains(where: { escapes.contains($0) }) else { return text }
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.count + 16)
    for byte in text.bytes {
      if escapes.contains(byte) {
        encoded.append(0x25)
        encoded.append(ASCII.uppercase(ASCII.hexDigit(byte >> 4)))
        encoded.append(ASCII.uppercase(ASCII.hexDigit(byte & 15)))
      } else {
        encoded.append(byte)
      }
    }
    return ByteString(encoded)
  }

  /// The text with each `%XX` as the byte it stands for.
  ///
  /// nginx: a `%` that two hexadecimal digits do not follow is dropped, together with a first digit
  /// and the byte after that.
  public static func decode(_ text: ByteString) -> ByteString {
    guard text.firstIndex(of: 0x25) != nil else { return text }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      if text[index] == 0x25 {
        index += decodeOne(text, after: index + 1, into: &decoded)
      } else {
        decoded.append(text[index])
      }
      index += 1
    }
    return ByteString(decoded)
  }

  /// Decodes what follows a `%`, and returns how many bytes that took.
  private static func decodeOne(
    _ text: ByteString, after index: Int, into decoded: inout [UInt8]
  ) -> Int {
    guard index < text.count else { return 0 }
    guard let high = ASCII.hexValue(text[index]) else {
      decoded.append(text[index])
      return 1
    }
    guard index + 1 < text.count else { return 1 }
    if let low = ASCII.hexValue(text[index + 1]) { decoded.append(high << 4 | low) }
    return 2
  }
}
