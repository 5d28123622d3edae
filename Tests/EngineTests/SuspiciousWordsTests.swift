import Config
import Testing

@testable import Engine

@Suite struct SuspiciousWordsTests {
  @Test(arguments: [
    ("proxy_set_header A \u{201C}b\u{201D};", "\u{201C}b\u{201D}", "\u{201C} is no quote"),
    ("add_header A \u{2018}b\u{2019};", "\u{2018}b\u{2019}", "\u{2018} is no quote"),
    ("if ($uri = \u{201C}a\u{201D}) { }", "\u{201C}a\u{201D})", "\u{201C} is no quote"),
    ("location /a\u{A0} { }", "/a\u{A0}", "a no-break space"),
    ("root /it\u{2019};", "/it\u{2019}", "\u{2019} is no quote"),
  ])
  func `quotes and spaces of word processors are told`(text: String, word: String, note: String) {
    let found = load(server: text).diagnostics
    #expect(found.map(\.message) == ["word \"\(word)\" has suspicious symbols"])
    #expect(found.first?.severity == .warning)
    #expect(found.first?.note?.hasPrefix(note) == true)
  }

  @Test func `tables and formats are looked at`() {
    let text =
      "log_format m \u{2018}$uri\u{2019}; map $uri $x { default \u{201C}a\u{201D}; } server { }"
    #expect(load(file: text).messages.count == 2)
  }

  @Test(arguments: [
    "add_header A '\u{201C}b\u{201D}';", "return 200 it\u{2019}s;", "root /\u{E9}t\u{E9};",
    "return 200 l\u{2019}eau\u{2019}s;",
  ])
  func `text for people is left alone`(text: String) {
    #expect(load(server: text).messages == [])
  }

  @Test func `a mistake is told once`() {
    let found = load(server: "add_header A \u{201C}b c d\u{201D};").diagnostics
    #expect(found.count == 1)
    #expect(found.first?.severity == .emergency)
  }
}
