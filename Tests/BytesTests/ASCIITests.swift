import Bytes
import Testing

@Suite struct ASCIITests {
  @Test func `only letters change case`() {
    for byte in UInt8.min...UInt8.max {
      let character = Character(Unicode.Scalar(byte))
      let isLetter = character.isASCII && character.isLetter
      #expect(ASCII.isLetter(byte) == isLetter)
      #expect(ASCII.lowercase(byte) == (isLetter ? character.lowercased().utf8.first : byte))
      #expect(ASCII.uppercase(byte) == (isLetter ? character.uppercased().utf8.first : byte))
    }
  }

  @Test func `digits have values in both notations`() {
    for byte in UInt8.min...UInt8.max {
      let text = String(Character(Unicode.Scalar(byte)))
      #expect(ASCII.digit(byte) == (byte < 128 ? Int(text, radix: 10) : nil))
      #expect(ASCII.hexValue(byte) == (byte < 128 ? UInt8(text, radix: 16) : nil))
      #expect(ASCII.isDigit(byte) == (ASCII.digit(byte) != nil))
      #expect(ASCII.isAlphanumeric(byte) == (ASCII.isDigit(byte) || ASCII.isLetter(byte)))
    }
  }

  @Test func `hexadecimal digits are written in lower case`() {
    #expect(ByteString((0..<16).map { ASCII.hexDigit($0) }) == "0123456789abcdef")
  }

  @Test func `eight bytes are changed as one byte is`() {
    for byte in UInt8.min...UInt8.max {
      for place: UInt64 in 0..<8 {
        let word = 0x5A41_7A61_5B40_FFC1 & ~(0xFF << (place * 8)) | UInt64(byte) << (place * 8)
        let expected = (0..<8).reduce(UInt64(0)) {
          let shift = UInt64($1) * 8
          return $0 | UInt64(ASCII.lowercase(UInt8(truncatingIfNeeded: word >> shift))) << shift
        }
        #expect(ASCII.lowercase(word) == expected)
      }
    }
  }
}
