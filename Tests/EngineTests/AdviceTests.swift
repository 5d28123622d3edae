import Bytes
import Config
import Testing

@testable import Engine

/// Advice stands below nginx's own sentence, which it must leave as it is.
@Suite struct AdviceTests {
  @Test(arguments: [
    (
      "\u{FEFF}events {} http {}", "unknown directive \"\u{FEFF}events\"",
      "the file begins with a byte order mark (U+FEFF), which belongs to the first word: "
        + "save it without one"
    ),
    (
      "events {}\nhttp { server { listen\u{A0}80; } }", "unknown directive \"listen\u{A0}80\"",
      "a no-break space (U+00A0) separates no words: write a space, or nothing"
    ),
    (
      "events {} http { server { add_header A \u{201C}b c d\u{201D}; } }",
      "invalid number of arguments in \"add_header\" directive",
      "\u{201C} is no quote to nginx: write \""
    ),
    (
      "events {} http { server { gzip \u{2018}on\u{2019}; } }",
      "invalid value \"\u{2018}on\u{2019}\" in \"gzip\" directive, it must be \"on\" or \"off\"",
      "\u{2018} is no quote to nginx: write '"
    ),
  ])
  func `bytes that a web page brought are named`(text: String, sentence: String, note: String) {
    let first = load(file: text).diagnostics.first
    #expect(first?.message == sentence)
    #expect(first?.note == note)
  }

  @Test(arguments: [
    ("location ~ ^/a{3}/ { }", "unknown directive \"3}/\"", "{3}"),
    ("location ~ ^/a{1,3}$ { }", "unknown directive \"1,3}$\"", "{1,3}"),
    ("rewrite ^/a{2,} /b; }", "directive \"rewrite\" is not terminated by \";\"", "{2,}"),
  ])
  func `the brace of a quantifier wants quotes`(
    text: String, sentence: String, quantifier: String
  ) {
    let first = load(server: text).diagnostics.first
    #expect(first?.message == sentence)
    #expect(
      first?.note == "the \"{\" of \"\(quantifier)\" begins a block: write the whole expression "
        + "in quotes")
  }

  @Test(arguments: ["3}", "a{3}", "{3", "x}"])
  func `other directives with a brace get no such advice`(name: String) {
    let isQuantifier = name == "3}"
    let note = load(server: "\(name) a;").diagnostics.first?.note
    #expect((note?.contains("begins a block") ?? false) == isQuantifier)
  }

  private static let equalsSigns: [(String, String, String?, String?)] = [
    ("listen=8080;", "unknown directive \"listen=8080\"", "listen 8080", nil),
    (
      "listen = 8080;", "host not found in \"=\" of the \"listen\" directive", nil,
      "a value stands behind the name of its directive, without \"=\""
    ),
    (
      "root = /a;", "invalid number of arguments in \"root\" directive", nil,
      "a value stands behind the name of its directive, without \"=\""
    ),
  ]

  @Test(arguments: equalsSigns)
  func `an equals sign is no part of the language`(
    text: String, sentence: String, suggestion: String?, note: String?
  ) {
    let first = load(server: text).diagnostics.first
    #expect(first?.message == sentence)
    #expect(first?.suggestion == suggestion)
    #expect(first?.note == note)
  }

  @Test(arguments: [
    ("127.0.0.1:8080", "http://127.0.0.1:8080"), ("backend", "http://backend"),
    ("htp://backend/a", "http://backend/a"), ("httpss://a", "https://a"), ("ftp://a", nil),
    ("websocket://a", nil), ("http:/127.0.0.1:28888", "http://127.0.0.1:28888"),
    ("https:/a/b", "https://a/b"), ("HTTP:a", "http://a"), ("http//a", "http://a"), ("http:", nil),
    ("httpbackend:80", "http://httpbackend:80"),
  ])
  func `a URL wants a scheme`(url: String, expected: String?) {
    let first = load(server: "location / { proxy_pass \(url); }").diagnostics.first
    #expect(first?.message == "invalid URL prefix")
    #expect(first?.suggestion == expected)
  }

  @Test(arguments: [
    ("ws://127.0.0.1:1/a", "write http://127.0.0.1:1/a: it becomes a WebSocket by "),
    ("WSS://a", "write https://a: it becomes a WebSocket by "),
  ])
  func `a WebSocket is asked for with a URL of HTTP`(url: String, start: String) {
    let first = load(server: "location / { proxy_pass \(url); }").diagnostics.first
    #expect(first?.message == "invalid URL prefix")
    #expect(first?.suggestion == nil)
    #expect(
      first?.note == start + "\"proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
        + "proxy_set_header Connection upgrade;\"")
  }

  @Test(arguments: [
    ("http://[::1]:1/b/", "http://[::1]:1"), ("http://[::1]?b", "http://[::1]"),
    ("http://unix:/a:/b", "http://unix:/a"),
  ])
  func `a path has no prefix to stand for in a location with an expression`(
    url: String, rest: String
  ) {
    let first = load(server: "location ~ /a { proxy_pass \(url); }").diagnostics.first
    #expect(first?.message.hasPrefix("\"proxy_pass\" cannot have URI part") == true)
    #expect(first?.note?.hasPrefix("\"\(rest)\" passes the path of the request") == true)
  }

  @Test(arguments: [
    ("server {\nroot /a;\nroot /b; }", "\"root\" directive is duplicate", 4),
    ("server {\nlocation /a { }\nlocation /a { } }", "duplicate location \"/a\"", 4),
    ("server {\nlisten [::1]:1;\nlisten [::1]:1; }", "a duplicate listen [::1]:1", 4),
    (
      "upstream u { server [::1]; }\nupstream u { server [::1]; }\nupstream u { server [::1]; }",
      "duplicate upstream \"u\"", 3
    ),
    (
      "server { listen [::1]:1 default_server; }\nserver { listen [::1]:1 default_server; }",
      "a duplicate default server for [::1]:1", 3
    ),
  ])
  func `what stands twice is told where the first one is`(
    text: String, sentence: String, line: Int
  ) {
    let found = load(http: text).diagnostics.filter { $0.severity.isError }
    #expect(found.first?.message == sentence)
    #expect(Set(found.map(\.note)) == ["the first one is in line \(line)"])
  }

  @Test func `a name without an address says what becomes of it`() {
    let text = "upstream backend { server [::1]; } server { location / { proxy_pass http://%; } }"
    let first = load(http: text.replacing("%", with: "backennd")).diagnostics.first
    #expect(first?.message == "host not found in upstream \"backennd\"")
    #expect(first?.suggestion == "backend")
    #expect(first?.note == "the name is looked up again while serving")
  }

  @Test(arguments: [
    (
      "limit_req zone=one;", "zero size shared memory zone \"one\"",
      "declare it in http: limit_req_zone $binary_remote_addr zone=one:10m rate=10r/s;"
    ),
    (
      "limit_conn two 1;", "zero size shared memory zone \"two\"",
      "declare it in http: limit_conn_zone $binary_remote_addr zone=two:10m;"
    ),
    (
      "proxy_cache three;", "\"proxy_cache\" zone \"three\" is unknown",
      "declare it in http: proxy_cache_path cache keys_zone=three:10m;"
    ),
  ])
  func `a zone must be declared`(text: String, sentence: String, note: String) {
    let first = load(server: text).diagnostics.first { $0.severity.isError }
    #expect(first?.message == sentence)
    #expect(first?.note == note)
    #expect(first?.suggestion == nil)
  }

  @Test(arguments: [
    ("limit_req_zone $uri zone=clients:1m rate=1r/s;", "limit_req zone=cleints;"),
    ("limit_conn_zone $uri zone=clients:1m;", "limit_conn clientss 1;"),
  ])
  func `a zone that was mistyped is suggested`(declaration: String, use: String) {
    let found = load(http: "\(declaration) server { \(use) }").diagnostics
    #expect(found.map(\.suggestion) == ["clients"])
  }

  private static let others: [(String, String, String?, String?)] = [
    (
      "if ($uri == a) { }", "unexpected \"==\" in condition", nil,
      "one \"=\" compares: if ($variable = text)"
    ),
    (
      "location / { fastcgi_pass http://127.0.0.1:9000; }",
      "invalid host in upstream \"http://127.0.0.1:9000\"", "127.0.0.1:9000", nil
    ),
    (
      "access_log logs/a buffer=8k;", "unknown log format \"buffer=8k\"", nil,
      "the name of a format, such as \"combined\", stands before parameters"
    ),
    ("error_log logs/a warnn;", "invalid log level \"warnn\"", "warn", nil),
  ]

  @Test(arguments: others)
  func `other mistakes have advice of their own`(
    text: String, sentence: String, suggestion: String?, note: String?
  ) {
    let first = load(server: text).diagnostics.first
    #expect(first?.message == sentence)
    #expect(first?.suggestion == suggestion)
    #expect(first?.note == note)
  }

  @Test func `the variable of upgrades has a map to be written`() {
    let text = "location / { proxy_set_header Connection $connection_upgrade; }"
    let found = load(server: text).diagnostics
    #expect(found.map(\.message) == ["unknown \"connection_upgrade\" variable"])
    #expect(
      found.first?.note == "define it in http: map $http_upgrade $connection_upgrade "
        + "{ default upgrade; '' close; }")
    let map = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }"
    #expect(load(http: "\(map) server { \(text) }").diagnostics.isEmpty)
  }

  @Test func `advice ends where nobody reads it any more`() {
    let text =
      String(repeating: "gzip yes; ", count: 1) + String(repeating: "gzipp on; ", count: 99)
    let found = load(server: text + String(repeating: "server_tokens tru; ", count: 9)).diagnostics
    #expect(found.first?.suggestion == "on")
    #expect(found.count == 109)
    #expect(found.last?.suggestion == nil)
  }
}
