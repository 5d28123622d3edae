/// Base64 with the standard alphabet (RFC 4648, section 4).
public enum Base64 {
  private static let alphabet: [UInt8] = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text for some bytes, with padding.
  public static func encode(_ bytes: [UInt8]) -> ByteString {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bits <<= UInt32(3 - group.count) * 8
      for place in 0...3 {
        let digit = alphabet[Int(bits >> UInt32(18 - place * 6) & 63)]
        text.append(place <= group.count ? digit : UInt8(ascii: "="))
      }
    }
    return ByteString(text)
  }

  /// The bytes that a text stands for; nil where the text is none.
  ///
  /// As in nginx, reading stops at the first `=`, and its absence is no error.
  public static func decode(_ text: ByteString) -> ByteString? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    for byte in text.bytes {
      if byte == 0x3D { break }
      guard let value = value(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 1
      if count % 4 != 1 {
        let shift = UInt32(6 - 2 * ((count - 1) % 4))
        decoded.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    return count % 4 == 1 ? nil : ByteString(decoded)
  }

  private static func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte - 0x41
    case 0x61...0x7A: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}
