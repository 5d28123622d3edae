import Bytes
import Config
import Testing

@testable import Engine

@Suite struct TemplateTests {
  private func template(_ text: ByteString) throws -> Template {
    let place = SourcePlace(file: "f", line: 1, column: 1)
    let word = Word(text: text, place: place)
    let statement = Statement(
      name: Word(text: "d", place: place), arguments: [word], block: nil, order: 0, endOrder: 0)
    return try Template.compile(text, at: word, of: statement, variables: VariableTable([]))
  }

  private func shape(_ template: Template) -> String {
    template.parts.map { part in
      switch part {
      case .text(let range): "[\(template.text[range])]"
      case .variable(let number): "v\(number)"
      case .capture(let group): "c\(group)"
      }
    }
    .joined()
  }

  @Test(arguments: [
    ("plain", "[plain]"), ("", ""), ("$a", "v0"), ("${a}b", "v0[b]"), ("$a$b$A", "v0v1v0"),
    ("x$1y$2", "[x]c1[y]c2"), ("$10", "c1[0]"), ("$a-$b_c", "v0[-]v1"),
    ("$0", "v0"), ("${a_1}.$a_1", "v0[.]v0"),
  ])
  func `variables and groups are found`(text: String, shape: String) throws {
    let template = try template(ByteString(text))
    #expect(self.shape(template) == shape)
    #expect(template.usesCaptures == shape.contains("c"))
  }

  @Test(
    arguments: [("plain", "plain"), ("", ""), ("$a", nil), ("a$1", nil)]
      as [(ByteString, ByteString?)])
  func `a word without variables is a constant`(text: ByteString, constant: ByteString?) throws {
    let template = try template(text)
    #expect(template.constant == constant)
    #expect(template.isAlwaysEmpty == text.isEmpty)
  }

  @Test(arguments: [
    ("$", "invalid variable name"), ("a$", "invalid variable name"),
    ("$-", "invalid variable name"), ("${}", "invalid variable name"),
    ("${a", #"the closing bracket in "a" variable is missing"#),
    ("${a-b}", #"the closing bracket in "a" variable is missing"#),
    ("${", #"the closing bracket in "" variable is missing"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    let error = #expect(throws: Diagnostic.self) { try template(ByteString(text)) }
    #expect(error?.message == message)
  }

  @Test(arguments: [
    ("$uri?$args", "/a b?x=1"), ("${host}:$nothing_", "h:"), ("-$cookie_x-", "--"),
    ("$arg_X", "1"), ("$http_x_y", "1, 2"),
  ])
  func `a value is put together for each request`(text: String, value: String) throws {
    let request = "GET /a%20b?x=1 HTTP/1.1\nHost: h\nX-Y: 1\nX-Y: 2"
    let server = "set $nothing_ ''; set $probe '\(text)'; location / { return 200 '\(text)'; }"
    #expect(try outcome(answer(request, server: server)) == "200 \(value)")
  }
}
