import Bytes
import Testing

@testable import Wire

@Suite struct KnownFieldTests {
  @Test func `every name is found, in any case, and no name beside it`() throws {
    for field in KnownField.allCases where field != .other {
      let name = ByteString(stringLiteral: field.name)
      #expect(FieldName(name).known == field)
      #expect(FieldName(ByteString(name.bytes.map { ASCII.uppercase($0) })).known == field)
      #expect(FieldName(name + "x").known == .other)
      #expect(FieldName(field).bytes == name)
    }
  }

  @Test(arguments: ["", "x", "content_length", "content-lengtg", "hos"])
  func `other names are not known`(name: ByteString) {
    #expect(FieldName(name).known == .other)
  }

  @Test func `a set has its members and never the other names`() {
    var set: KnownFieldSet = [.host, .xRealIP, .other]
    #expect(set.contains(.host) && set.contains(.xRealIP))
    #expect(!set.contains(.other) && !set.contains(.accept))
    #expect(set.intersects([.accept, .host]) && !set.intersects([.accept]))
    set.insert(.accept)
    #expect(set == [.accept, .host, .xRealIP])
    set.removeAll()
    #expect(set == [])
  }
}
