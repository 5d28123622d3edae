import Bytes
import Testing

@testable import Config

@Suite struct TokenizerTests {
  @Test(arguments: [
    ("a b c;", "a|b|c;"),
    ("a\tb\r\nc ;", "a|b|c;"),
    ("a{b;}c;", "a{b;}c;"),
    ("location ~ \\.php$ {}", "location|~|\\.php${}"),
  ])
  func `words are parted by white space, semicolons and braces`(text: String, expected: String) {
    let parsed = read(text)
    #expect(outline(parsed.statements) == expected)
    #expect(parsed.lines == [])
  }

  @Test(arguments: [
    (#"a "b c" 'd e';"#, "a|b c|d e;"),
    (#"a "b;{}#c";"#, "a|b;{}#c;"),
    (#"a "it's" 'say "x"';"#, #"a|it's|say "x";"#),
    (#"a b"c d"e;"#, #"a|b"c|d"e;"#),
    (#"a "";"#, "a|;"),
    (#""a" b;"#, "a|b;"),
    (#"if ("a" = "b") {}"#, #"if|("a"|=|b|){}"#),
  ])
  func `quotes count at the start of a word only`(text: String, expected: String) {
    let parsed = read(text)
    #expect(outline(parsed.statements) == expected)
    #expect(parsed.lines == [])
  }

  @Test(arguments: [
    (#"a \"b\";"#, #"a|"b";"#),
    (#"a "b\"c" 'd\'e';"#, #"a|b"c|d'e;"#),
    (#"a b\ c;"#, #"a|b\ c;"#),
    (#"a b\;c;"#, #"a|b\;c;"#),
    (#"a \t\n\r\\;"#, "a|\t\n\r\\;"),
    (#"a \d\.\w;"#, #"a|\d\.\w;"#),
    (#"a \\n;"#, #"a|\n;"#),
    (##"\# b;"##, ##"\#|b;"##),
  ])
  func `six escapes are resolved and any other backslash stays`(text: String, expected: String) {
    let parsed = read(text)
    #expect(outline(parsed.statements) == expected)
    #expect(parsed.lines == [])
  }

  @Test(arguments: [
    ("a ${b};", "a|${b};"),
    ("a x${b}y;", "a|x${b}y;"),
    ("a $b{}", "a|$b{}"),
    ("a b};", "a|b};"),
    ("a \"${b} c\";", "a|${b} c;"),
  ])
  func `a brace after a dollar belongs to the word`(text: String, expected: String) {
    #expect(outline(read(text).statements) == expected)
  }

  @Test(arguments: [
    ("# a;\nb;", "b;"),
    ("a # b;\n c;", "a|c;"),
    ("a b#c;", "a|b#c;"),
    ("a;#", "a;"),
    ("a; # no line end", "a;"),
  ])
  func `comments start where a word could start`(text: String, expected: String) {
    let parsed = read(text)
    #expect(outline(parsed.statements) == expected)
    #expect(parsed.lines == [])
  }

  @Test func `a byte order mark belongs to the first word`() {
    #expect(read("\u{FEFF}user a;").statements[0].name.text == "\u{FEFF}user")
  }

  @Test func `words know their place and whether they were quoted`() {
    let statement = read("\n  a\n\t\"b\" c\n;").statements[0]
    let file = "/etc/apus/main.conf"
    #expect(
      statement.words == [
        Word(text: "a", place: SourcePlace(file: file, line: 2, column: 3)),
        Word(text: "b", isQuoted: true, place: SourcePlace(file: file, line: 3, column: 2)),
        Word(text: "c", place: SourcePlace(file: file, line: 3, column: 6)),
      ])
    #expect(statement.reportedLine == 4)
  }

  @Test(arguments: [
    (";", [#"unexpected ";" in main.conf:1"#]),
    ("a;\n;", [#"unexpected ";" in main.conf:2"#]),
    ("{}", [#"unexpected "{" in main.conf:1"#]),
    ("a;}\nb", [#"unexpected "}" in main.conf:1"#]),
    ("a }", [#"unexpected "}" in main.conf:1"#]),
    (#"a "b"c;"#, [#"unexpected "c" in main.conf:1"#]),
    (##"a "b"#;"##, [##"unexpected "#" in main.conf:1"##]),
    ("a", [#"unexpected end of file, expecting ";" or "}" in main.conf:1"#]),
    ("a\n\n", [#"unexpected end of file, expecting ";" or "}" in main.conf:3"#]),
    ("a \"b\n", [#"unexpected end of file, expecting ";" or "}" in main.conf:2"#]),
    ("a {\nb;\n", [#"unexpected end of file, expecting "}" in main.conf:3"#]),
    ("a { b", [#"unexpected end of file, expecting ";" or "}" in main.conf:1"#]),
  ])
  func `errors are those of nginx`(text: String, expected: [String]) {
    #expect(read(text).lines == expected.map { "[emerg] " + $0 })
  }

  @Test(arguments: [
    ("a " + String(repeating: "b", count: 4094) + ";", true),
    ("a " + String(repeating: "b", count: 4095) + ";", true),
    ("a " + String(repeating: "b", count: 4095) + " ;", false),
    ("a " + String(repeating: "b", count: 4096) + ";", false),
    ("#" + String(repeating: "b", count: 4095) + "\n", false),
    ("#" + String(repeating: "b", count: 4094) + "\n", true),
    (String(repeating: " ", count: 9000) + "a;", true),
  ])
  func `a word or comment may not fill nginx's buffer`(text: String, isAccepted: Bool) {
    #expect(read(text).lines.isEmpty == isAccepted)
  }

  @Test func `the start of a word that is too long is shown`() {
    let long = String(repeating: "b", count: 5000)
    #expect(
      read("a;\na \(long);").lines
        == [#"[emerg] too long parameter "bbbbbbbbbb..." started in main.conf:2"#])
    #expect(
      read("a;\na '\(long)';").lines == [
        "[emerg] too long parameter, probably missing terminating \"'\" character in main.conf:2"
      ])
  }

  @Test(arguments: [
    ("a { } ;", "\"}\" before it is enough"), ("a;;", "\";\" before it is enough"),
    ("# b\n;", nil), (";", nil),
  ])
  func `a semicolon too many is told from one without a statement`(text: String, note: String?) {
    let problem = read(text).diagnostics.first
    #expect(problem?.message == "unexpected \";\"")
    #expect(problem?.note == note)
  }

  @Test func `a quote that is not closed is looked for where it began`() {
    let found = read("a \"b;\nc \"d\";\n").diagnostics
    #expect(found.first?.message == "unexpected \"d\"")
    #expect(found.first?.place?.line == 2)
    #expect(
      found.first?.note == "the quote that ends here begins in line 1: is it not closed there?")
    #expect(read("a \"b\"c;").diagnostics.first?.note == nil)
  }
}
