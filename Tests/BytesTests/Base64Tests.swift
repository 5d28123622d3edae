import Bytes
import Testing

@Suite struct Base64Tests {
  /// The vectors of RFC 4648, section 10, and the two last digits of the alphabet.
  static let pairs: [(plain: ByteString, coded: ByteString)] = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), (ByteString([0xFB, 0xEF, 0xFF]), "++//"),
  ]

  @Test(arguments: pairs)
  func `the vectors of the RFC hold both ways`(plain: ByteString, coded: ByteString) {
    #expect(Base64.encode(plain.bytes) == coded)
    #expect(Base64.decode(coded) == plain)
  }

  @Test func `every byte survives the way there and back`() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(Base64.decode(Base64.encode(bytes))?.bytes == bytes)
  }

  @Test(
    arguments: [
      ("Zg", "f"), ("Zm8", "fo"), ("Zg==!!", "f"), ("=", ""), ("Z", nil), ("Zm9vY", nil),
      ("Zm 9", nil), ("Zm-_", nil), ("\n", nil),
    ] as [(ByteString, ByteString?)])
  func `text is read as nginx reads it`(coded: ByteString, plain: ByteString?) {
    #expect(Base64.decode(coded) == plain)
  }
}
