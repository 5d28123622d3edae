import Bytes
import Testing

@testable import Wire

@Suite struct EntityTagTests {
  @Test(arguments: [
    ("\"a\"", "\"a\"", true, true), ("W/\"a\"", "\"a\"", false, true), ("\"a\"", "*", true, true),
    ("\"a\"", "\"b\", \"a\"", true, true), ("\"a\"", "\"b,\"a", false, false),
    ("\"a\"", "W/\"a\" , \"c\"", false, true), ("\"a,b\"", "\"a,b\"", true, true),
    ("\"a\"", "", false, false),
  ])
  func `a tag is found in a list`(tag: String, list: String, strong: Bool, weak: Bool) {
    let tag = EntityTag(ByteString(tag))
    #expect(tag.isIn(ByteString(list), weakly: false) == strong)
    #expect(tag.isIn(ByteString(list), weakly: true) == weak)
  }

  @Test func `the tag of a file is time and size`() {
    #expect(EntityTag(modified: 0x5F00, size: 0x1A).text == "\"5f00-1a\"")
  }
}
