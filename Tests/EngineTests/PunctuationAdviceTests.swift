import Config
import Testing

@testable import Engine

@Suite struct PunctuationAdviceTests {
  private static let braces: [(String, String)] = [
    ("server { location /a\n proxy_pass http://[::1];\n } }", "behind \"/a\" in line 1?"),
    ("server\n listen 80;\n }", "behind \"server\" in line 1?"),
    ("upstream u\n server [::1];\n }", "behind \"u\" in line 1?"),
    ("http\n server { }\n }", "behind \"http\" in line 1?"),
    ("events { }\nhttp\n gzip on;\n server { } }", "behind \"http\" in line 2?"),
    ("server { if ($uri = /a)\n return 403;\n } }", "behind \"/a)\" in line 1?"),
    ("map $uri $x\n default 1;\n }", "behind \"$x\" in line 1?"),
    ("server { location /a\n location /b { }\n } }", "behind \"/a\" in line 1?"),
  ]

  @Test(arguments: braces)
  func `the brace of a block is missed where the block begins`(text: String, end: String) {
    let found = load(file: text).diagnostics
    #expect(found.first?.note == "is a \"{\" missing \(end)")
    #expect(found.count == 2)
    #expect(found.last?.message == "unexpected \"}\"")
    #expect(found.last?.note?.hasPrefix("it has no block to close where the \"{\" of line") == true)
  }

  @Test(arguments: [
    ("server { location /a; }", "what belongs to it stands in braces: location /a { ... }"),
    ("server example.org;", "what belongs to it stands in braces: server ... { ... }"),
  ])
  func `a block that ends at once is shown with braces`(text: String, note: String) {
    #expect(load(file: text).diagnostics.first?.note == note)
  }

  @Test func `behind a block without a brace nobody knows where things stand`() {
    let lost = "http { server { location /a\n alias /x; root /a; root /b; }\n location / { } }\n}\n"
    #expect(
      load(file: lost).messages == [
        "directive \"location\" has no opening \"{\"", "unexpected \"}\"",
      ])
    // Here no brace is left over.
    let balanced = "http { server { location /a; alias /x; } location / { } }"
    #expect(load(file: balanced).messages.count == 3)
  }

  @Test(arguments: [
    ("server { listen 80;default_server; }", "listen"), ("server { listen 80;ssl; }", "listen"),
    ("upstream u { server [::1];weight=5; }", "server"),
  ])
  func `a parameter behind a surplus semicolon is known`(text: String, name: String) {
    let found = load(file: text).diagnostics.first
    #expect(found?.note == "the \";\" before it ends \"\(name)\": remove it")
    #expect(found?.suggestion == nil)
  }

  @Test(arguments: [
    "add_header Strict-Transport-Security max-age=1; includeSubDomains;",
    "add_header X-XSS-Protection 1; mode=block;", "add_header Set-Cookie a=b; SameSite=Lax always;",
  ])
  func `a part of a value behind a semicolon wants quotes`(text: String) {
    #expect(
      load(server: text).diagnostics.first?.note
        == "the \";\" before it ends \"add_header\": a value with \";\" stands in quotes")
  }

  @Test func `a mistyped name behind a value keeps its suggestion`() {
    let found = load(server: "add_header A b; serer_name a;").diagnostics.first
    #expect(found?.suggestion == "server_name")
    #expect(found?.note == nil)
  }

  @Test(arguments: ["server { listen 80;\ndefault_server; }", "server { listen 80; nonsense; }"])
  func `other names behind a semicolon are no parameters`(text: String) {
    #expect(load(file: text).diagnostics.first?.note?.contains("remove it") != true)
  }

  @Test(arguments: [
    "map $uri $x {\n a 1\n b 2; }", "map $uri $x {\n a 1\n 'b' 2; }",
    "geo $x {\n ::1/128 1\n 10.0.0.0/8 2; }",
  ])
  func `the semicolon of an entry is missed`(text: String) {
    #expect(
      load(http: text).diagnostics.first?.note == "is a \";\" missing behind \"1\" in line 4?")
  }
}
