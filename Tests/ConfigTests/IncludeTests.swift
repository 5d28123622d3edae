import Bytes
import Testing

@testable import Config

@Suite struct IncludeTests {
  @Test func `included statements take the place of the include`() {
    let parsed = read("a;\nb { include x; c; }", with: ["x": "d;\ne {}"])
    #expect(outline(parsed.statements) == "a;b{d;e{}c;}")
    #expect(parsed.statements[1].block?[0].name.place.file == "/etc/apus/x")
    #expect(parsed.files.map(\.path) == ["/etc/apus/main.conf", "/etc/apus/x"])
  }

  @Test func `paths are relative to the main file's folder wherever they stand`() {
    let parsed = read("include a/b;", with: ["a/b": "include c;", "c": "d;"])
    #expect(outline(parsed.statements) == "d;")
  }

  @Test func `an absolute path stays as it is`() {
    #expect(outline(read("include /etc/apus/x;", with: ["x": "a;"]).statements) == "a;")
  }

  @Test func `a pattern includes what matches, in order, or nothing`() {
    let files = ["d/b.conf": "b;", "d/a.conf": "a;", "d/c.txt": "c;"]
    #expect(outline(read("include d/*.conf;", with: files).statements) == "a;b;")
    let none = read("include e/*.conf; x;", with: files)
    #expect(outline(none.statements) == "x;")
    #expect(none.lines == [])
  }

  @Test func `a file included twice is listed once`() {
    let parsed = read("include x; include x;", with: ["x": "a;"])
    #expect(outline(parsed.statements) == "a;a;")
    #expect(parsed.files.count == 2)
  }

  @Test(arguments: [
    ("\ninclude x;", #"open() "x" failed (2: No such file or directory) in main.conf:2"#),
    ("include;", #"invalid number of arguments in "include" directive in main.conf:1"#),
    ("include a b;", #"invalid number of arguments in "include" directive in main.conf:1"#),
    ("include x {}", #"directive "include" is not terminated by ";" in main.conf:1"#),
    ("include main.conf;", #""main.conf" includes itself in main.conf:1"#),
  ])
  func `what cannot be included is an error`(text: String, expected: String) {
    #expect(read(text).lines == ["[emerg] " + expected])
  }

  @Test func `blocks are balanced in each file`() {
    #expect(
      read("a { include x;", with: ["x": "b; }"]).lines == [
        #"[emerg] unexpected "}" in x:1"#,
        #"[emerg] unexpected end of file, expecting "}" in main.conf:1"#,
      ])
  }

  @Test func `a cycle of includes is an error in the file that closes it`() {
    let parsed = read("include x;", with: ["x": "include y; a;", "y": "b; include x;"])
    #expect(parsed.lines == [#"[emerg] "x" includes itself in y:1"#])
    #expect(outline(parsed.statements) == "b;a;")
  }

  @Test func `includes that multiply end at a limit`() {
    var files: [String: String] = [:]
    for number in 0..<60 { files["\(number)"] = "include \(number + 1);include \(number + 1);" }
    files["60"] = ""
    let parsed = read("include 0;", with: files)
    #expect(parsed.lines.first?.contains("too many includes, the limit is 50000") == true)
    #expect(parsed.lines.count < 2000)
  }

  @Test func `includes nest to a limit`() {
    var files: [String: String] = [:]
    for number in 0..<200 { files["\(number)"] = "include \(number + 1);" }
    let parsed = read("include 0;", with: files)
    #expect(
      parsed.lines == ["[emerg] includes are nested too deeply, the limit is 100 in 98:1"])
  }
}
