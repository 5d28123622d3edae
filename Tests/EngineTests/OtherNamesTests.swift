import Config
import Testing

@testable import Engine

@Suite struct OtherNamesTests {
  @Test(arguments: [
    ("websocket on;", "WebSockets need no directive"),
    ("cors on;", "nginx adds the fields of CORS"),
    ("port 80;", "nginx takes its ports with \"listen\""), ("DocumentRoot /a;", "nginx names"),
    ("RewriteEngine on;", "Apache's rules"), ("force_ssl on;", "nginx redirects with"),
  ])
  func `what others call it is explained`(text: String, start: String) {
    let found = load(server: text).diagnostics.first
    #expect(found?.message.hasPrefix("unknown directive \"") == true)
    #expect(found?.note?.hasPrefix(start) == true)
    #expect(found?.suggestion == nil)
  }

  @Test(arguments: [
    ("gzip_level 5;", nil, "this block may have gzip_comp_level"),
    (
      "body_size 1m;", nil,
      "this block may have client_max_body_size, client_body_buffer_size"
    ),
    ("ssl_cert a;", "ssl_certificate", nil), ("proxy_pas http://a;", "proxy_pass", nil),
    ("frobnicate on;", nil, nil), ("no on;", nil, nil),
  ])
  func `names with the same parts are named`(text: String, suggestion: String?, note: String?) {
    let found = load(server: text).diagnostics.first
    #expect(found?.suggestion == suggestion)
    #expect(found?.note == note)
  }
}
