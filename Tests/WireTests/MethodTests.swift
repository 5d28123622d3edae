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

  @Test(arguments: ["", "get", "GETS", "GE", "PROPPATCX", "PROPPATCHX", "UNLOCKED!", "LIST"])
  func `any other name is another method`(name: String) {
    #expect(method(ByteString(name), in: 0..<name.utf8.count) == .other)
  }
}
