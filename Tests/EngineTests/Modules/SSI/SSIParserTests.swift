import Bytes
import Testing

@testable import Engine

@Suite struct SSIParserTests {
  /// What a document comes to that arrives in pieces of some size.
  private func events(_ text: String, pieces size: Int = 1000) -> [String] {
    var parser = SSIParser()
    var events: [String] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: max(1, bytes.count), by: size) {
      let piece = Array(bytes[start..<min(bytes.count, start + size)])
      piece.withUnsafeBytes { parser.append($0) }
      let isLast = start + size >= bytes.count
      while let event = parser.next(isLast: isLast) { add(shown(event), to: &events) }
    }
    return events
  }

  /// Text may come in any number of parts.
  private func add(_ event: String, to events: inout [String]) {
    if event.hasPrefix("text "), let last = events.last, last.hasPrefix("text ") {
      events[events.count - 1] = last + event.dropFirst(5)
    } else {
      events.append(event)
    }
  }

  private func shown(_ event: SSIParser.Event) -> String {
    switch event {
    case .text(let text): "text \(text)"
    case .invalid(let sentence): "invalid: \(sentence)"
    case .command(let command):
      ([command.name.string] + command.parameters.map { "\($0.name)=\($0.value)" })
        .joined(separator: " ")
    }
  }

  @Test(
    arguments: [
      ("plain", ["text plain"]), ("", []),
      ("a<!--#echo var=\"b\" -->c", ["text a", "echo var=b", "text c"]),
      ("<!--# Echo  VAR = 'b' default=\"c d\"-->", ["echo var=b default=c d"]),
      ("<!--#endif-->", ["endif"]),
      (#"<!--#set var="a" value="x\"y\\$z" -->"#, [#"set var=a value=x"y\\$z"#]),
      ("<!-- comment --><!-", ["text <!-- comment --><!-"]),
      ("<<!--#else -->", ["text <", "else"]),
      (
        "a<!--#echo var=b -->c",
        [
          "text a", "invalid: the value of the \"var\" SSI parameter is not quoted", "text c",
        ]
      ),
      (
        "a<!--#echo -x>--> c",
        [
          "text a", "invalid: invalid end of the \"echo\" SSI command", "text  c",
        ]
      ),
      ("<!--#echo var=\"b", ["invalid: unexpected end of SSI command"]),
    ] as [(String, [String])])
  func `commands are found, however the document is cut`(text: String, expected: [String]) {
    for size in [1, 2, 3, 7, 1000] { #expect(events(text, pieces: size) == expected) }
  }

  @Test func `values and commands have bounds`() {
    let long = String(repeating: "x", count: 256)
    #expect(events("<!--#echo var=\"\(long)\" -->") == ["invalid: too long \"var\" SSI parameter"])
    let longer = String(repeating: " ", count: SSIParser.maximumCommandCount + 1)
    #expect(events("<!--#echo \(longer)").count == 1)
  }
}

@Suite struct SSITextTests {
  @Test(arguments: [
    ("a$b-c", "a1-c"), ("${b}c", "1c"), (#"\$b"#, "$b"), (#"a\x"#, #"a\x"#), ("$none.", "."),
  ])
  func `variables are put in`(text: String, result: String) throws {
    let value = try SSIText.evaluate(ByteString(text)) { $0 == "b" ? "1" : nil }
    #expect(value == ByteString(result))
  }

  @Test(arguments: ["$", "${b", "a$ "])
  func `broken variables are refused`(text: String) {
    #expect(throws: SSIText.Problem.self) { try SSIText.evaluate(ByteString(text)) { _ in nil } }
  }

  @Test(
    arguments: [
      ("$a", "$a", nil, false, false), ("$a = b c", "$a", "b c", false, false),
      ("$a != /x+/", "$a", "x+", true, true), (#"$a=\/x"#, "$a", "/x", false, false),
    ] as [(String, String, String?, Bool, Bool)])
  func `conditions are taken apart`(
    text: String, left: String, right: String?, isPattern: Bool, isNegated: Bool
  ) throws {
    let expression = try #require(SSIExpression(ByteString(text)))
    #expect(expression.left == ByteString(left))
    #expect(expression.right == right.map { ByteString($0) })
    #expect(expression.isPattern == isPattern && expression.isNegated == isNegated)
  }

  @Test(arguments: ["$a > b", "$a = /x", "- b"])
  func `what is no condition is refused`(text: String) {
    #expect(SSIExpression(ByteString(text)) == nil)
  }
}
