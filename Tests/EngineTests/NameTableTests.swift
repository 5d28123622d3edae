import Bytes
import Testing

@testable import Engine

@Suite struct NameTableTests {
  private final class Number: Sendable {
    let value: Int
    init(_ value: Int) { self.value = value }
  }

  @Test(arguments: [0, 1, 2, 7, 1000])
  func `every name is found, and no other`(count: Int) {
    let names = (0..<count).map { ByteString("h\($0).test") }
    let table = NameTable(
      Dictionary(uniqueKeysWithValues: zip(names, (0..<count).map { Number($0) })))
    #expect(table.isEmpty == (count == 0))
    for (number, name) in names.enumerated() {
      #expect(table[name]?.value == number)
      #expect(table[name + "x"] == nil)
    }
    #expect(table[ByteString()] == nil)
  }

  @Test func `a part of a text is looked up as it stands`() {
    let table = NameTable([".example.com": Number(1), "": Number(2)])
    let host: ByteString = "www.example.com"
    #expect(table.find(host.bytes.span.extracting(3..<15))?.value == 1)
    #expect(table.find(host.bytes.span.extracting(0..<0))?.value == 2)
  }
}
