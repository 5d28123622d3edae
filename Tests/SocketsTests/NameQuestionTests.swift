import Bytes
import Testing

@testable import Sockets

@Suite struct NameQuestionTests {
  @Test func `a question has a header, a name, a type and a class`() throws {
    let message = try #require(NameQuestion(name: "a.example", type: .aaaa).message())
    #expect(Array(message[2..<12]) == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    let name = [1, UInt8(ascii: "a"), 7] + Array("example".utf8) + [0]
    #expect(Array(message[12...]) == name + [0, 28, 0, 1])
  }

  @Test(arguments: ["", ".", "a..b", "a.", String(repeating: "a", count: 64)])
  func `what is no name is not asked for`(name: String) {
    #expect(NameQuestion(name: .init(name), type: .a).message() == nil)
  }

  @Test func `labels have up to 63 bytes`() {
    let label = String(repeating: "a", count: 63)
    #expect(NameQuestion(name: .init("\(label).\(label)"), type: .a).message()?.count == 145)
  }
}
