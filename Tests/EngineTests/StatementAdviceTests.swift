import Config
import Testing

@testable import Engine

@Suite struct StatementAdviceTests {
  private func note(_ text: String) -> String? { load(file: text).diagnostics.first?.note }

  @Test(arguments: [
    ("server { listen 80\n server_name a; }", "is a \";\" missing behind \"80\" in line 1?"),
    (
      "server { location / { proxy_pass http://127.0.0.1\n proxy_set_header A b; } }",
      "is a \";\" missing behind \"http://127.0.0.1\" in line 1?"
    ),
    ("http { } server { listen 80; }", "it may stand in http: move it into http { } of line 1"),
    (
      "http { location / { } }",
      "it may stand in server, location: write server { } around it, or move it into one"
    ),
    (
      "location / { } proxy_pass http://127.0.0.1;",
      "it may stand in location, if in location, limit_except: "
        + "write location / { } around it, or move it into one"
    ),
    (
      "http { } location / { }",
      "it may stand in server, location: move it there, inside of http { }"
    ),
    ("http { user a; }", "it may stand in main"),
    ("stream { server { root /; } }", "\"http\" has it, and \"stream\" has not"),
    ("http { proxy_timeout 1s; }", "it may stand in stream, server in stream"),
    (
      "stream { listen 80; }",
      "it may stand in server in stream: write server { } around it, or move it into one"
    ),
    ("server { upstream a { } }", "it may stand in http"),
    ("server { listen 80\n 'server_name' a; }", nil),
    (
      "server { listen 80 server_name a; }",
      "is a \";\" missing between \"80\" and \"server_name\"?"
    ),
    (
      "server { root /a index index.html; }",
      "is a \";\" missing between \"/a\" and \"index\"?"
    ),
    (
      "location / { proxy_pass http://127.0.0.1 proxy_set_header Host $host; }",
      "is a \";\" missing between \"http://127.0.0.1\" and \"proxy_set_header\"?"
    ),
    ("server { listen 80 ssl nothing; }", nil),
    (
      "server { auth_basic Members of this server; }",
      "a value of several words stands in quotes: auth_basic \"Members of this server\";"
    ),
    (
      "server { set $a deny all; }",
      "a value of several words stands in quotes: set $a \"deny all\";"
    ),
    (
      "server { rewrite ^ /set break last; }",
      "it takes 2 to 3 arguments: rewrite regex replacement "
        + "[last | break | redirect | permanent];"
    ),
    ("server { root /a 'index' index.html; }", "it takes 1 argument: root path;"),
  ])
  func `a mistake comes with advice`(text: String, note: String?) {
    #expect(self.note(text) == note)
  }

  @Test func `an upstream whose name was mistyped is suggested`() {
    let text = "upstream backend { server [::1]; } server { location / { proxy_pass http://%; } }"
    let result = load(file: text.replacing("%", with: "backnd.invalid"))
    #expect(result.diagnostics.first?.suggestion == nil)
    let mistyped = load(file: text.replacing("%", with: "backennd"))
    #expect(mistyped.diagnostics.first?.suggestion == "backend")
  }
}
