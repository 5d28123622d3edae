import Bytes
import Testing

@testable import Wire

@Suite struct FieldTokensTests {
  @Test(
    arguments: [
      ("Connection: a, b\r\n", ["a", "b"]),
      ("Connection: a\r\nConnection:b,c\r\n", ["a", "b", "c"]),
      ("Connection: ,, a ,\t b\t,\r\n", ["a", "b"]), ("Connection:\r\n", []), ("Host: a\r\n", []),
      ("Connection: a b\r\n", ["a b"]),
    ] as [(String, [ByteString])])
  func `members are cut at commas, over all lines`(lines: String, tokens: [ByteString]) throws {
    let fields = try #require(try fields(lines))
    var found: [ByteString] = []
    fields.forEachToken(of: .connection) { found.append(fields.buffer.bytes(in: $0.range)) }
    #expect(found == tokens)
  }

  @Test func `members are compared whole and without case`() throws {
    let fields = try #require(try fields("Connection: keep-alive, Upgrade\r\n"))
    #expect(fields.hasToken("upgrade", in: .connection))
    #expect(fields.hasToken("keep-alive", in: .connection))
    #expect(!fields.hasToken("keep", in: .connection))
    #expect(!fields.hasToken("upgrade", in: .upgrade))
  }
}
