import Bytes
import Testing

@testable import Wire

@Suite struct FieldNameSetTests {
  @Test(arguments: [
    ("Host", true), ("hOST", true), ("Connection", true), ("Hosts", false), ("X-Host", false),
    ("X-Own", true),
    ("x-owm", false),
  ])
  func `a line is in the set by its name, in any case`(name: String, isMember: Bool) throws {
    let parsed = try #require(try fields("\(name): value\r\n"))
    let set = FieldNameSet([FieldName(.host), "connection", "host", "x-own"])
    #expect(set.contains(try #require(parsed.count > 0 ? parsed[0] : nil), of: parsed) == isMember)
  }
}
