import Bytes
import Testing

@testable import Config

@Suite struct DiagnosticTests {
  private func statement(_ text: String) -> Statement { read(text).statements[0] }

  @Test func `a diagnostic shows its line, a caret and what was probably meant`() {
    let parsed = read("http {\n\tprox_pass\n\t\thttp://a;\n}")
    let statement = parsed.statements[0].block?[0] ?? parsed.statements[0]
    let problem = Diagnostic.unknownDirective(statement, suggestion: "proxy_pass")
    #expect(
      problem.rendered(program: "apus", in: parsed.source(of: problem.place)) == """
        apus: [emerg] unknown directive "prox_pass" in /etc/apus/main.conf:3
          --> /etc/apus/main.conf:2:2
          2 | \tprox_pass
            | \t^
          did you mean "proxy_pass"?
        """)
  }

  @Test func `the caret counts characters, not bytes, and control bytes are not shown`() {
    let parsed = read("a \"é\u{1B}\"x;\r\n")
    #expect(
      parsed.rendering == """
        apus: [emerg] unexpected "x" in /etc/apus/main.conf:1
          --> /etc/apus/main.conf:1:8
          1 | a "é?"x;
            |       ^
        """)
  }

  @Test func `a missing semicolon and a missing brace are explained`() {
    #expect(
      read("http {\n  server {\n    listen 80\n  }\n").rendering == """
        apus: [emerg] unexpected "}" in /etc/apus/main.conf:4
          --> /etc/apus/main.conf:4:3
          4 |   }
            |   ^
          the statement before it is not terminated by ";"
        apus: [emerg] unexpected end of file, expecting "}" in /etc/apus/main.conf:5
          --> /etc/apus/main.conf:1:1
          1 | http {
            | ^
          the block that starts here is not closed
        """)
  }

  @Test func `a further error says also, so that there is one line of nginx`() {
    let parsed = read("http {\n\tprox_pass;\n}")
    let problem = Diagnostic.unknownDirective(parsed.statements[0].block?[0] ?? statement("a;"))
    let source = parsed.source(of: problem.place)
    #expect(
      problem.rendered(program: "apus", in: source, isFurther: true) == """
        apus: also: unknown directive "prox_pass" in /etc/apus/main.conf:2
          --> /etc/apus/main.conf:2:2
          2 | \tprox_pass;
            | \t^
        """)
  }

  @Test func `without a source the line of nginx stands alone`() {
    let problem = Diagnostic.general("no \"events\" section in configuration")
    let expected = "nginx: [emerg] no \"events\" section in configuration"
    #expect(problem.rendered(program: "nginx", in: nil) == expected)
  }

  @Test func `directives have the sentences of nginx`() {
    let flag = statement("tcp_nopush maybe;")
    let word = flag.arguments[0]
    let messages: [(Diagnostic, String)] = [
      (.unknownDirective(flag), #"unknown directive "tcp_nopush""#),
      (.notAllowedHere(flag), #""tcp_nopush" directive is not allowed here"#),
      (.duplicate(flag), #""tcp_nopush" directive is duplicate"#),
      (.notTerminated(flag), #"directive "tcp_nopush" is not terminated by ";""#),
      (.noOpeningBrace(flag), #"directive "tcp_nopush" has no opening "{""#),
      (.invalidArgumentCount(flag), #"invalid number of arguments in "tcp_nopush" directive"#),
      (.invalidValue(of: flag), #""tcp_nopush" directive invalid value"#),
      (.invalidNumber(of: flag), #""tcp_nopush" directive invalid number"#),
      (
        .invalidFlag(word, of: flag),
        #"invalid value "maybe" in "tcp_nopush" directive, it must be "on" or "off""#
      ),
      (.invalidValue(word, of: flag), #"invalid value "maybe""#),
      (.invalidParameter(word, of: flag), #"invalid parameter "maybe""#),
      (.tooSmall(word, of: flag, least: 1), "value must be equal to or greater than 1"),
      (.outOfBounds(word, of: flag, bounds: 1...9), "value must be between 1 and 9"),
      (
        .unsupported(flag),
        #"directive "tcp_nopush" is known to nginx, but not supported by apus yet"#
      ),
    ]
    for (problem, message) in messages {
      #expect(problem.message == message)
      #expect(problem.severity == .emergency)
      #expect(problem.order == flag.order)
    }
  }

  @Test func `warnings are no errors`() {
    let old = Diagnostic.deprecated(statement("ssl on;"), replacement: "listen ... ssl")
    #expect(
      old.description(program: "nginx") == """
        nginx: [warn] the "ssl" directive is deprecated, \
        use the "listen ... ssl" directive instead in /etc/apus/main.conf:1
        """)
    #expect(!old.severity.isError)
  }

  @Test func `an error at the end of a block reports the closing brace`() {
    let block = statement("upstream a {\n}\n")
    let problem = Diagnostic.custom("no servers are inside upstream", atEndOf: block)
    #expect(problem.reportedLine == 2)
    #expect(problem.order == block.endOrder)
    #expect(problem.place == block.name.place)
  }
}
