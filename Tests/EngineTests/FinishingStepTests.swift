import Config
import Testing

@testable import Engine

/// The first error must be the one at which nginx stops.
@Suite struct FinishingStepTests {
  private func sentences(_ text: String) -> [String] {
    load(file: text).diagnostics.map(\.sentence)
  }

  @Test func `what is found while reading comes before what is checked at the end`() {
    let found = sentences(
      """
      events {}
      http {
        server {
          listen 443 ssl;
          location /a { }
          location /a { set $x $nothing; }
          proxy_set_header A ${b;
          nonsense;
        }
      }
      """)
    #expect(
      found == [
        "unknown directive \"nonsense\" in /main.conf:8",
        "the closing bracket in \"b\" variable is missing in /main.conf:10",
        "duplicate location \"/a\" in /main.conf:6",
        "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in /main.conf:3",
        "unknown \"nothing\" variable in /main.conf:6",
      ])
  }

  @Test func `a mistake behind the end of http comes after what is checked there`() {
    let found = sentences("http { server { location /a { } location /a { } } }\n}\n")
    #expect(
      found == [
        "duplicate location \"/a\" in /main.conf:1", "unexpected \"}\" in /main.conf:2",
      ])
  }

  @Test func `what only apus refuses comes last`() {
    let found = sentences(
      """
      stream {
        upstream a { zone z 1m; health_chek; }
        map $a $b { anything 1; }
      }
      http { nonsense; }
      """)
    #expect(
      found == [
        "unknown directive \"health_chek\" in /main.conf:2",
        "unknown directive \"nonsense\" in /main.conf:5",
        "directive \"stream\" is known to nginx, but not supported by apus yet in /main.conf:1",
      ])
  }

  @Test func `fields for upstream servers are looked at when a server inherits them`() {
    let fields = "proxy_set_header A $nothing; fastcgi_param B ${c; proxy_set_body $nobody;"
    #expect(sentences("events {} http { \(fields) }") == [])
    #expect(
      Set(sentences("events {} http { \(fields) server { } }")) == [
        "the closing bracket in \"c\" variable is missing in /main.conf:1",
        "unknown \"nothing\" variable in /main.conf:1",
        "unknown \"nobody\" variable in /main.conf:1",
      ])
  }

  @Test func `unknown variables come as nginx meets them, those of inherited fields last`() {
    let text = """
      events {} http { server { location / { proxy_set_header A $first; return 200 $second; } }
      add_header A $third; }
      """
    #expect(
      sentences(text) == [
        "unknown \"second\" variable in /main.conf:1", "unknown \"third\" variable in /main.conf:2",
        "unknown \"first\" variable in /main.conf:1",
      ])
  }

  @Test func `the obsolete ssl on has sentences of its own`() {
    #expect(
      sentences("events {}\nhttp {\nserver {\nssl on;\n} }").contains(
        "no \"ssl_certificate\" is defined for the \"ssl\" directive in /main.conf:4"))
  }

  @Test func `a directive of a module that nginx loads on demand is unknown`() {
    #expect(
      sentences("events {} http { perl_modules a; }") == [
        "unknown directive \"perl_modules\" in /main.conf:1"
      ])
  }

  @Test func `a configuration without anything names its file`() {
    #expect(load(file: "").diagnostics.map(\.note) == ["there is no directive in /main.conf"])
    #expect(
      load(file: "pid a;").diagnostics.last?.note == "there is no block of servers in /main.conf")
  }

  @Test(arguments: ["proxy_host", "proxy_port", "ssl_protocol", "args"])
  func `some variables may be defined anew`(name: String) {
    #expect(sentences("events {} http { map $uri $\(name) { default 1; } }") == [])
  }
}
