import Config
import Testing

@testable import Engine

/// Statements that nginx accepts, whatever the person meant.
@Suite struct SwallowedLineTests {
  private static let swallowed: [(String, String, String)] = [
    ("server {\n server_name a\n root /srv;\n}", "root", "a"),
    ("server {\n index a b\n root /srv;\n}", "root", "b"),
    ("server {\n index a\n autoindex on\n ;\n}", "autoindex", "a"),
    ("server {\n server_name a\n root /srv\n index b;\n}", "root", "a"),
    ("location / {\n try_files $uri /x\n internal;\n}", "internal", "/x"),
    ("location / {\n try_files $uri /x\n     proxy_pass http://[::1];\n}", "proxy_pass", "/x"),
    ("server {\n server_name a\n # note\n\n    root /srv;\n}", "root", "a"),
  ]

  @Test(arguments: swallowed)
  func `a line among the words of the statement above is told`(
    text: String, name: String, former: String
  ) {
    let found = load(file: text).diagnostics.filter { $0.message.hasPrefix("\"") }
    #expect(found.map(\.severity) == [.warning])
    #expect(found.first?.message.hasPrefix("\"\(name)\" is an argument of the \"") == true)
    #expect(found.first?.note == "is a \";\" missing behind \"\(former)\" in line 2?")
    #expect(found.first?.place?.line != 2)
  }

  @Test(arguments: [
    // The usual layouts of long lists, with words that are names of directives by chance.
    "server {\n server_name a\n             root\n             internal;\n}",
    "server {\n server_name\n  a b\n  internal server\n  c;\n}",
    "server {\n index index.html\n  index index.php;\n}",
    "server {\n index\n  root index;\n}",
    // Neither is a statement with these words.
    "server {\n server_name a\n root;\n}", "server {\n server_name a\n root b c d;\n}",
    "server {\n server_name a\n proxy_pass b;\n}", "server {\n server_name a\n 'internal';\n}",
    "server {\n server_name a\n events;\n}",
    "server { server_name a internal; }",
    "location / {\n add_header a\n expires always;\n}",
  ])
  func `a list over several lines is left alone`(text: String) {
    #expect(load(file: text).messages == [])
  }
}
