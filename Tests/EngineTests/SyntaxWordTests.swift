import Bytes
import Testing

@testable import Engine

@Suite struct SyntaxWordTests {
  private func words(_ syntax: String) -> [String] {
    let directive = Directive("a", syntax, count: 0...9, in: .http, "") { _, _ in }
    return directive.syntaxWords.map { $0.name + ($0.value.map { "=\($0)" } ?? "") }
  }

  @Test(arguments: [
    ("on | off", ["on", "off"]), ("name value [always]", ["always"]),
    (
      "zone=name [burst=number] [nodelay | delay=number]",
      ["zone=name", "burst=number", "nodelay", "delay=number"]
    ),
    ("code ... [=[response]] uri", []), ("[$address] $variable", []),
    ("[SSLv2] [TLSv1.3]", ["SSLv2", "TLSv1.3"]),
    ("cache-control | 1.1 ...", ["cache-control", "1.1"]),
  ])
  func `words stand for themselves, placeholders do not`(syntax: String, expected: [String]) {
    #expect(words(syntax) == expected)
  }

  /// What may stand where the syntax names a kind of value.
  private static let samples = [
    "number": "1", "time": "1s", "size": "8k", "on": "on", "string": "a", "levels": "1:2",
    "name:size": "z:1m",
  ]

  @Test(arguments: [
    ("server", "upstream u { server [::1] %; }"), ("listen", "server { listen 80 %; }"),
    ("proxy_cache_path", "proxy_cache_path a keys_zone=a:1m %;"),
    ("rewrite", "server { rewrite a b %; }"), ("add_header", "add_header a b %;"),
  ])
  func `what the manual says of parameters is true`(name: String, text: String) throws {
    let rows = Modules.all.flatMap(\.directives).filter { $0.name == name }
    let words = rows.flatMap(\.syntaxWords).filter { $0.name != "keys_zone" }
    #expect(!words.isEmpty)
    for word in words {
      let parameter = word.name + (word.value.map { "=\(Self.samples[$0] ?? "on")" } ?? "")
      let found = load(http: text.replacing("%", with: parameter)).messages
      #expect(!found.contains { $0.hasPrefix("invalid") }, "\(parameter): \(found)")
    }
  }
}
