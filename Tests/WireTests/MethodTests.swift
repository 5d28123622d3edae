import Bytes
import Testing

@testable import Wire

@Suite struct MethodTests {
  private func method(_ text: ByteString, in range: Range<Int>) -> Method {
    Method(text.bytes.span, in: range)
  }

  @Test(arguments: Method.allCases)
  func `every method is found by its name`(method: Method) {
    guard let name = method.name else { return #expect(method == .other) }
    let text = ByteString(stringLiteral: name)
    #expect(self.method("x" + text, in: 1..<text.count + 1) == method)
  }

  @Test(arguments: Method.allCases)
  func `a zero byte anywhere makes it another method`(method: Method) {
    let name = Array("\(method.name ?? "LIST")".utf8)
    for place in 0...name.count {
      for count in 1...7 {
        let zeros = [UInt8](repeating: 0, count: count)
        let text = ByteString(name[..<place] + zeros + name[place...])
        #expect(self.method(text, in: 0..<text.count) == .other)
      }
    }
  }

  @Test(arguments: ["", "get", "GETS", "GE", "PROPPATCX", "PROPPATCHX", "UNLOCKED!", "LIST"])
  func `any other name is another method`(name: String) {
    #expect(method(ByteString(name), in: 0..<name.utf8.count) == .other)
  }
}
