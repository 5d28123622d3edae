import Bytes
import Testing

@testable import Wire

@Suite struct StatusTests {
  @Test(arguments: [
    (302, "302 Moved Temporarily"), (414, "414 Request-URI Too Large"), (299, "299 "),
    (101, "101 Switching Protocols"), (499, "499 "),
  ])
  func `a status has the reason phrase of nginx`(code: Int, expected: String) {
    let buffer = ByteBuffer(capacity: 8)
    Status.append(code, to: buffer)
    #expect(buffer.allBytes.string == expected)
  }

  @Test(arguments: Method.allCases)
  func `each method is recognized by its name`(method: Wire.Method) {
    let name = method.name.map { "\($0)" } ?? "PROPPATCX"
    let bytes = Array(name.utf8)
    #expect(Method(bytes.span, in: 0..<bytes.count) == method)
  }
}
