import Bytes
import Testing

@testable import Wire

@Suite struct FieldNameTests {
  @Test func `case and the spelling of a variable make no other hash`() {
    let name = FieldName("X-Real-IP")
    #expect(name.bytes == "x-real-ip")
    #expect(name == FieldName(.xRealIP))
    #expect(FieldName.hash(of: "x_real_ip") == name.hash)
    #expect(FieldName.hash(of: "x_real_iq") != name.hash)
  }

  @Test(arguments: ["A", "Sec-Ch", "Sec-Ch-U", "Sec-CH-UA-Platform-Version"])
  func `a name of any length is hashed whole`(name: ByteString) {
    let hash = FieldName.hash(of: name)
    #expect(hash == FieldName.hash(of: name.lowercased))
    #expect(hash != FieldName.hash(of: name + "x"))
    #expect(hash != FieldName.hash(of: name.dropFirst(1)))
  }
}
