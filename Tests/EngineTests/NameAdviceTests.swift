import Config
import Testing

@testable import Engine

@Suite struct NameAdviceTests {
  private func first(_ text: String) -> Diagnostic? { load(server: text).diagnostics.first }

  @Test(arguments: [
    ("...\nlisten 80;", "unknown directive \"...\"", "\"...\" stands for what was left out"),
    ("/* x */\nlisten 80;", "unknown directive \"/*\"", "comments begin with #"),
    ("sudo nano\nlisten 80;", "unknown directive \"sudo\"", "a command for a shell"),
    (
      "brotli on;", "unknown directive \"brotli\"", "it belongs to the third-party module ngx_brotl"
    ),
    ("else { }", "unknown directive \"else\"", "nginx has no \"else\""),
    ("else if (a) { }", "unknown directive \"else\"", "nginx has no \"else\""),
    ("script-src 'self';", "unknown directive \"script-src\"", "a part of Content-Security-Policy"),
  ])
  func `what is no directive of nginx's is explained`(
    text: String, sentence: String, start: String
  ) {
    let found = first(text)
    #expect(found?.message == sentence)
    #expect(found?.note?.hasPrefix(start) == true, "\(found?.note ?? "none")")
    #expect(found?.suggestion == nil)
  }

  private static let spaces: [(String, String, String?)] = [
    ("location/ { }", "unknown directive \"location/\"", "location /"),
    ("location=/a { }", "unknown directive \"location=/a\"", "location =/a"),
    ("location~ /a { }", "unknown directive \"location~\"", "location ~"),
    ("if($host = a) { }", "unknown directive \"if($host\"", "if ($host"),
    ("root/a;", "unknown directive \"root/a\"", "root /a"),
    ("nonsense/ { }", "unknown directive \"nonsense/\"", nil),
    ("listen 443ssl;", "host not found in \"443ssl\" of the \"listen\" directive", "443 ssl"),
    (
      "listen [::1]:80default_server;",
      "invalid port in \"[::1]:80default_server\" of the \"listen\" directive", nil
    ),
    ("location *~ /a { }", "invalid location modifier \"*~\"", "~*"),
    ("location ~^ /a { }", "invalid location modifier \"~^\"", "^~"),
    ("set foo bar;", "invalid variable name \"foo\"", "$foo"),
    ("set - bar;", "invalid variable name \"-\"", nil),
    ("if (host = a) { }", "invalid condition \"host\"", "($host"),
    ("if ( host = a ) { }", "invalid condition \"host\"", "$host"),
    ("if (uri) { }", "invalid condition \"uri\"", "($uri)"),
    ("if (nonsense) { }", "invalid condition \"nonsense\"", nil),
  ]

  @Test(arguments: spaces)
  func `a missing space or dollar sign is suggested`(
    text: String, sentence: String, suggestion: String?
  ) {
    let found = first(text)
    #expect(found?.message == sentence)
    #expect(found?.suggestion == suggestion)
  }

  @Test func `other modifiers are told which there are`() {
    let found = first("location /my pages { }")
    #expect(found?.message == "invalid location modifier \"/my\"")
    #expect(found?.note?.contains("=, ^~, ~ and ~*") == true)
  }

  @Test func `a table's variable wants a dollar sign`() {
    let found = load(http: "map $uri b { default 1; }").diagnostics.first
    #expect(found?.message == "invalid variable name \"b\"")
    #expect(found?.suggestion == "$b")
  }
}
