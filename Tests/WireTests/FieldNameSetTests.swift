import Bytes
import Testing

@testable import Wire

@Suite struct FieldNameSetTests {
  @Test(arguments: [
    ("Host", true), ("hOST", true), ("Connection", true), ("Hosts", false), ("X-Host", false),
  ])
  func `a line is in the set by its name, in any case`(name: String, isMember: Bool) throws {
    let parsed = try #require(try fields("\(name): value\r\n"))
    let set = FieldNameSet([.host, .connection, .host])
    #expect(set.contains(try #require(parsed.lines.first), of: parsed) == isMember)
  }
}
