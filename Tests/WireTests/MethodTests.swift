import Bytes
import Testing

@testable import Wire

@Suite struct MethodTests {
  @Test(arguments: Method.allCases)
  func `every method is found by its name`(method: Method) {
    guard let name = method.name else { return #expect(method == .other) }
    let text = ByteString(stringLiteral: name)
    #expect(Method(("x" + text).bytes.span, in: 1..<text.count + 1) == method)
  }

  @Test(arguments: ["", "get", "GETS", "GE", "PROPPATCX", "PROPPATCHX", "UNLOCKED!", "LIST"])
  func `any other name is another method`(name: String) {
    #expect(Method(Array(name.utf8).span, in: 0..<name.utf8.count) == .other)
  }
}
