import Config
import Testing

@testable import Engine

@Suite struct ValueAdviceTests {
  private func first(_ text: String) -> (message: String, suggestion: String?)? {
    load(http: "upstream u { server [::1]; }\n" + text).diagnostics.first
      .map { ($0.message, $0.suggestion) }
  }

  private static let parameters: [(String, String, String?)] = [
    ("upstream a { server [::1] wieght=3; }", "invalid parameter \"wieght=3\"", "weight=3"),
    (
      "upstream a { server [::1] fail_timeout=10sec; }", "invalid parameter \"fail_timeout=10sec\"",
      "fail_timeout=10s"
    ),
    (
      "upstream a { server [::1] max_fail=many; }", "invalid parameter \"max_fail=many\"",
      "max_fails=many"
    ),
    ("upstream a { server [::1] bakup; }", "invalid parameter \"bakup\"", "backup"),
    ("upstream a { server [::1] weight=0; }", "invalid parameter \"weight=0\"", nil),
    ("upstream a { server [::1] nonsense; }", "invalid parameter \"nonsense\"", nil),
    (
      "server { listen 80 defualt_server; }", "invalid parameter \"defualt_server\"",
      "default_server"
    ),
    ("add_header A b allways;", "invalid parameter \"allways\"", "always"),
    ("server { rewrite a b permanant; }", "invalid parameter \"permanant\"", "permanent"),
    ("limit_req_zone $uri zone=a:1m rat=1r/s;", "invalid parameter \"rat=1r/s\"", "rate=1r/s"),
    (
      "proxy_cache_path a keys_zone=a:1m inactiv=1h;", "invalid parameter \"inactiv=1h\"",
      "inactive=1h"
    ),
  ]

  @Test(arguments: parameters)
  func `a parameter that was mistyped is suggested`(
    text: String, sentence: String, suggestion: String?
  ) {
    let found = first(text)
    #expect(found?.message == sentence)
    #expect(found?.suggestion == suggestion)
  }

  @Test(arguments: [
    ("gzip yes;", "on"), ("gzip TRUE;", "on"), ("gzip 0;", "off"), ("gzip disabled;", "off"),
    ("gzip onn;", "on"), ("gzip maybe;", nil), ("ssl_verify_client true;", "on"),
    ("proxy_http_version 2.0;", nil), ("limit_req_log_level warning;", "warn"),
    ("limit_req_log_level notise;", "notice"),
    ("proxy_next_upstream time_out;", "timeout"), ("ssl_protocols TLS1.2;", "TLSv1.2"),
  ])
  func `a value that was mistyped is suggested`(text: String, suggestion: String?) {
    let found = first(text)
    #expect(found?.message.hasPrefix("invalid value \"") == true)
    #expect(found?.suggestion == suggestion)
  }

  @Test(arguments: [
    ("client_max_body_size 10mb;", "10m"), ("client_max_body_size 2GB;", "2048m"),
    ("client_header_buffer_size 2KiB;", "2k"), ("client_header_buffer_size 1g;", "1024m"),
    ("proxy_read_timeout 90sec;", "90s"), ("proxy_read_timeout 2hours;", "2h"),
    ("proxy_read_timeout soon;", nil), ("client_max_body_size 1.5m;", nil),
  ])
  func `a unit that nginx does not know is corrected`(text: String, suggestion: String?) {
    let found = first(text)
    #expect(found?.message.hasSuffix("directive invalid value") == true)
    #expect(found?.suggestion == suggestion)
    guard let suggestion else { return }
    let name = text.prefix { $0 != " " }
    #expect(load(http: "\(name) \(suggestion);").diagnostics.isEmpty)
  }

  private static let others: [(String, String, String?)] = [
    ("client_max_body_size 10 M;", "invalid number of arguments", "10m"),
    ("proxy_read_timeout 10 sec;", "invalid number of arguments", "10s"),
    ("proxy_read_timeout 10 apples;", "invalid number of arguments", nil),
    ("proxy_cache_valid 200 10minutes;", "invalid time value \"10minutes\"", "10m"),
    (
      "limit_req_zone $uri zone=a:10mb rate=1r/s;", "invalid zone size \"zone=a:10mb\"",
      "zone=a:10m"
    ),
    (
      "access_log logs/a combined buffer=8kb;", "invalid buffer size \"8kb\"", "buffer=8k"
    ),
    (
      "proxy_cache_path c keys_zone=a:1m inactive=10mins;", "invalid inactive value",
      "inactive=10m"
    ), ("proxy_cache_path c keys_zone=a:1mb;", "invalid keys zone size", "keys_zone=a:1m"),
    ("server { location / { proxy_pass http://[::1]:80b; } }", "invalid port in upstream", nil),
    ("ssl_session_cache shared:SSL:10mb;", "invalid session cache", "shared:SSL:10m"),
  ]

  @Test(arguments: others)
  func `a unit is corrected wherever it stands`(
    text: String, sentence: String, suggestion: String?
  ) {
    let found = first(text)
    #expect(found?.message.hasPrefix(sentence) == true, "\(String(describing: found))")
    #expect(found?.suggestion == suggestion)
  }

  @Test(arguments: [
    (
      "add_header Content-Security-Policy default-src 'self';", "invalid parameter \"self\"",
      "add_header Content-Security-Policy \"default-src 'self'\";"
    ),
    (
      "add_header A b c d always;", "invalid number of arguments in \"add_header\" directive",
      "add_header A \"b c d\" always;"
    ),
    (
      "proxy_set_header A b c;", "invalid number of arguments in \"proxy_set_header\" directive",
      "proxy_set_header A \"b c\";"
    ),
    (
      "server { return 200 hello world; }",
      "invalid number of arguments in \"return\" directive", "return 200 \"hello world\";"
    ),
  ])
  func `a value of several words wants quotes`(text: String, sentence: String, meant: String) {
    let found = load(http: text).diagnostics.first
    #expect(found?.message == sentence)
    #expect(found?.suggestion == nil)
    #expect(found?.note == "a value of several words stands in quotes: \(meant)")
  }
}
