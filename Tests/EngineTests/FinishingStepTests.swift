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
      mail {
        server { auth_http a; health_chek; }
      }
      stream { map $a $b { anything 1; } }
      http { nonsense; }
      """)
    #expect(
      found == [
        "unknown directive \"health_chek\" in /main.conf:2",
        "unknown directive \"nonsense\" in /main.conf:5",
        "directive \"mail\" is known to nginx, but not supported by apus yet in /main.conf:1",
        "directive \"map\" is known to nginx, but not supported by apus yet in /main.conf:4",
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

  @Test func `http wants events beside it, as with nginx, and a snippet does not`() {
    let found = load(file: "http { server { } }").diagnostics
    #expect(found.map(\.sentence) == ["no \"events\" section in configuration"])
    #expect(found.first?.note == "write \"events { }\" above \"http\"")
    #expect(sentences("http { server { nonsense; } }").count == 1)
    #expect(sentences("server { }") == [])
    #expect(sentences("events { } http { server { } }") == [])
  }

  @Test func `modules to be loaded are named in a warning, and are no error`() {
    let found = load(file: "load_module modules/ngx_http_perl_module.so; events {}").diagnostics
    #expect(found.map(\.severity) == [.warning])
    #expect(
      found.map(\.sentence) == [
        "module \"ngx_http_perl_module\" is not loaded, its directives are unknown to apus "
          + "in /main.conf:1"
      ])
    #expect(
      sentences("events {}\nload_module a.so;") == [
        "\"load_module\" directive is specified too late in /main.conf:2"
      ])
    #expect(
      sentences("load_module a.so; server { perl a; }").contains {
        $0.hasPrefix("unknown directive \"perl\"")
      })
  }

  @Test func `a group that could not be read is no unknown host`() {
    let text = "upstream u { }\nserver { location / { proxy_pass http://u; } }"
    #expect(load(http: text).messages == ["no servers are inside upstream"])
    let broken =
      "upstream u { server [::1] nonsense; } server { location / { proxy_pass http://u; } }"
    #expect(load(http: broken).messages == ["invalid parameter \"nonsense\""])
  }

  @Test(arguments: [
    "server { http2 on; }\nserver { http2 on; }", "server { listen 443 http2; }",
    "server { listen 443 http2; http2 on; }",
  ])
  func `that HTTP/2 is not spoken is said once`(text: String) {
    let notices = load(http: text).diagnostics.filter { $0.severity == .notice }
    #expect(
      notices.map(\.message) == [
        "apus does not speak HTTP/2, all clients are served HTTP/1.1 (ALPN offers \"http/1.1\")"
      ])
    #expect(notices.first?.place?.line == 3)
  }

  @Test(arguments: ["proxy_host", "proxy_port", "ssl_protocol", "args"])
  func `some variables may be defined anew`(name: String) {
    #expect(sentences("events {} http { map $uri $\(name) { default 1; } }") == [])
  }
}
