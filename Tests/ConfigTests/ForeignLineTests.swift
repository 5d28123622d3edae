import Bytes
import Testing

@testable import Config

@Suite struct ForeignLineTests {
  private func advice(_ text: String, isQuoted: Bool = false) -> String? {
    let place = SourcePlace(file: "f", line: 1, column: 1)
    return ForeignLine.advice(on: Word(text: ByteString(text), isQuoted: isQuoted, place: place))
  }

  @Test(arguments: [
    ("...", "stands for what was left out"), ("\u{2026}", "stands for what was left out"),
    ("[...]", "stands for what was left out"), ("```nginx", "a line of Markdown"),
    ("```", "a line of Markdown"), ("/*", "comments begin with #"), ("//", "comments begin with #"),
    ("//x", "comments begin with #"), ("<!--", "comments begin with #"), ("$", "for a shell"),
    ("sudo", "for a shell"), ("root@web:~#", "for a shell"), ("me@web:~$", "for a shell"),
  ])
  func `what documents write around a configuration is named`(text: String, part: String) {
    #expect(advice(text)?.contains(part) == true)
  }

  @Test(arguments: ["server", ".", "", "/a", "$a", "a@b", "[]", "{3}", "listen"])
  func `other words may be names of directives`(text: String) {
    #expect(advice(text) == nil)
  }

  @Test func `a quoted word is nobody's placeholder`() {
    #expect(advice("...", isQuoted: true) == nil)
  }

  @Test(arguments: ["a { ... }", "a;\n```"])
  func `such a line lacks no semicolon`(text: String) {
    let note = read(text).diagnostics.first?.note
    #expect(note != nil && note?.contains("\";\"") == false, "\(note ?? "none")")
  }
}
