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
}
