import Config
import Testing

@testable import Engine

@Suite struct SyntaxAdviceTests {
  private func note(_ text: String) -> String? { load(server: text).diagnostics.first?.note }

  @Test(arguments: [
    ("try_files $uri;", "it takes at least 2 arguments: try_files file ... uri"),
    ("root a b;", "it takes 1 argument: root path;"),
    ("allow ::1, 10.0.0.0/8;", "it takes 1 argument: allow ::1; allow 10.0.0.0/8;"),
    ("location / { internal a; }", "it takes no arguments: internal;"),
    ("location { }", "it takes 1 to 2 arguments: location ["),
    ("listen;", "it takes at least 1 argument: listen address[:port] | port | unix:path"),
  ])
  func `the number of arguments comes with the syntax`(text: String, start: String) {
    #expect(note(text)?.hasPrefix(start) == true, "\(note(text) ?? "none")")
  }

  @Test(arguments: [
    ("satisfy none;", "it may be all or any"), ("proxy_http_version 3;", "it may be 1.0 or 1.1"),
    ("ssl_verify_client maybe;", "it may be off, on, optional or optional_no_ca"),
    ("gzip maybe;", nil),
  ])
  func `the words of a choice are named`(text: String, note: String?) {
    #expect(self.note(text) == note)
  }

  @Test(arguments: [
    ("listen 8443,;", "8443"), ("gzip_comp_level 5,;", nil), ("error_log a warning;", "warn"),
    ("error_log a critical;", "crit"), ("error_log a err;", "error"), ("error_log a loud;", nil),
  ])
  func `a comma and the name of a level are mended`(text: String, suggestion: String?) {
    let found = load(server: text).diagnostics.first
    #expect(found?.suggestion == suggestion || text.contains("gzip") && found?.suggestion == "5")
  }

  @Test func `the levels of logs are named`() {
    #expect(
      note("error_log a loud;")
        == "the levels are emerg, alert, crit, error, warn, notice, info, debug")
  }

  @Test(arguments: [
    ("user no-such-user-anywhere;", "this system has no such user"),
    ("user root no-such-group-anywhere;", "this system has no such group"),
  ])
  func `a user that is not there is explained`(text: String, start: String) {
    let found = load(file: text + " events { } http { }").diagnostics.first
    #expect(found?.message.hasSuffix("\") failed") == true)
    #expect(found?.note?.hasPrefix(start) == true)
  }

  @Test(arguments: [
    ("rewrite ^/(.*$ /x;", "\"(\" has no \")\": write \"\\(\" where it is meant as it stands"),
    ("location ~ [ { }", "\"[\" has no \"]\": write \"\\[\" where it is meant as it stands"),
    ("server_name ~a);", "\")\" has no \"(\": write \"\\)\" where it is meant as it stands"),
    (
      "location ~ *.php$ { }",
      "\"*\", \"+\" and \"?\" repeat what stands before them: \".*\" is any text, \"\\.\" a dot"
    ),
  ])
  func `a regular expression that makes no sense is explained`(text: String, note: String) {
    #expect(self.note(text) == note)
  }
}
