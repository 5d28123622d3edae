import Bytes
import Testing

@testable import Config

@Suite struct ParserTests {
  @Test func `blocks nest and know where they end`() {
    let parsed = read("a {\n  b {\n    c;\n  }\n}\nd;")
    #expect(outline(parsed.statements) == "a{b{c;}}d;")
    #expect(parsed.statements[0].blockEnd?.line == 5)
    #expect(parsed.statements[0].block?[0].blockEnd?.column == 3)
    #expect(parsed.statements[1].block == nil)
  }

  @Test func `statements, their ends and errors are ranked as nginx meets them`() {
    let parsed = read("a { b; ; }\nc;")
    let (a, c) = (parsed.statements[0], parsed.statements[1])
    let b = a.block?[0].order ?? 0
    let error = parsed.diagnostics[0].order
    #expect([a.order, b, error, a.endOrder, c.order] == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [
    ("a { b 1 }\nc;\n;", "a{b|1;}c;", [#"unexpected "}":1"#, #"unexpected ";":3"#]),
    ("a;; b;;", "a;b;", [#"unexpected ";":1"#, #"unexpected ";":1"#]),
    ("a; { b; ; } c;", "a;c;", [#"unexpected "{":1"#, #"unexpected ";":1"#]),
    (#"a "b"c; d; ;"#, "a|b;d;", [#"unexpected "c":1"#, #"unexpected ";":1"#]),
    ("a \"b;\nc \"d\";\ne; ;", "c|d;e;", [#"unexpected "d":2"#, #"unexpected ";":3"#]),
    ("a \"b {\nc \"d\";\n}\n;", "", [#"unexpected "d":2"#, #"unexpected ";":4"#]),
  ])
  func `reading goes on after an error`(text: String, statements: String, errors: [String]) {
    let parsed = read(text)
    #expect(outline(parsed.statements) == statements)
    #expect(parsed.diagnostics.map { "\($0.message):\($0.place?.line ?? 0)" } == errors)
  }

  @Test func `a quote that is never closed ends with its line`() {
    let parsed = read("a 'b;\nc;\n;")
    #expect(outline(parsed.statements) == "c;")
    #expect(
      parsed.lines == [
        #"[emerg] unexpected end of file, expecting ";" or "}" in main.conf:3"#,
        #"[emerg] unexpected ";" in main.conf:3"#,
      ])
  }

  @Test func `a block that is never closed keeps its statements`() {
    let parsed = read("http {\n server {\n  listen 80;\n }\n")
    #expect(outline(parsed.statements) == "http{server{listen|80;}}")
    #expect(parsed.statements[0].blockEnd == nil)
    #expect(parsed.lines == [#"[emerg] unexpected end of file, expecting "}" in main.conf:5"#])
  }

  @Test func `a text of errors alone is given up`() {
    let parsed = read(String(repeating: ";", count: 100_000))
    #expect(parsed.diagnostics.count == Parser.maximumProblems)
  }

  @Test func `blocks nest to a limit`() {
    let parsed = read(String(repeating: "a {", count: 100_000))
    #expect(
      parsed.lines == ["[emerg] blocks are nested too deeply, the limit is 200 in main.conf:1"])
  }

  @Test func `quotes that open in every line end`() {
    let parsed = read(String(repeating: "a \"b\n", count: 2_000))
    #expect(parsed.diagnostics.count <= Parser.maximumProblems)
  }
}
