import Bytes
import Testing

@testable import Config

@Suite struct SourceTextTests {
  @Test(arguments: [
    (0, nil), (1, "one"), (2, ""), (3, "three"), (4, "last"), (5, nil),
  ])
  func `lines are counted from 1 and have no ends`(number: Int, expected: String?) {
    let text = SourceText("one\n\nthree\r\nlast")
    #expect(text.line(number).map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test func `a text that ends a line has an empty one behind it`() {
    #expect(SourceText("a\n").line(2).map(Array.init) == [])
    #expect(SourceText("").line(1).map(Array.init) == [])
  }
}
