import Config
import Testing

@testable import Engine

@Suite struct AddressAdviceTests {
  private func first(_ text: String) -> Diagnostic? { load(http: text).diagnostics.first }

  @Test(arguments: [
    (
      "ajp://a:8009",
      "proxy_pass speaks HTTP: the URL begins with http:// or https://, and nginx "
        + "has no directive for ajp"
    ),
    ("fastcgi://a:9000", "fastcgi_pass speaks this protocol: fastcgi_pass a:9000;"),
    ("grpc://a/b", "grpc_pass speaks this protocol: grpc_pass a/b;"),
  ])
  func `a scheme of another protocol names its directive`(url: String, note: String) {
    let found = first("server { location / { proxy_pass \(url); } }")
    #expect(found?.message == "invalid URL prefix")
    #expect(found?.note == note)
  }

  @Test(arguments: [
    ("return 301 https//a/b;", "https://a/b"), ("return 302 http:/a;", "http://a"),
    ("return 308 http:a;", "http://a"), ("rewrite ^ https:///a permanent;", "https://a"),
    ("rewrite ^ HTTP//a redirect;", "http://a"),
  ])
  func `a redirect to half a URL is told`(text: String, suggestion: String) {
    let found = load(server: text).diagnostics
    #expect(found.count == 1)
    #expect(found.first?.severity == .warning)
    #expect(found.first?.message.hasSuffix("is no absolute URL") == true)
    #expect(found.first?.suggestion == suggestion)
  }

  @Test(arguments: [
    "return 301 https://a;", "return 301 /http:/a;", "return 200 https//a;", "return 301 httpd/a;",
    "rewrite ^ /http;", "return 301 http://$host$request_uri;",
  ])
  func `other redirects are left alone`(text: String) {
    #expect(load(server: text).messages == [])
  }

  private static let servers: [(String, String?, String?)] = [
    ("127.0.0.1:80/", "127.0.0.1:80", nil), ("http://127.0.0.1:80/", "127.0.0.1:80", nil),
    (
      "127.0.0.1:80/path", nil,
      "write \"127.0.0.1:80\": a server has no path, which belongs into the URL of \"proxy_pass\""
    ),
  ]

  @Test(arguments: servers)
  func `a server of a group has no path`(text: String, suggestion: String?, note: String?) {
    let found = first("upstream u { server \(text); }")
    #expect(found?.message == "invalid host in upstream \"\(text)\"")
    #expect(found?.suggestion == suggestion)
    #expect(found?.note == note)
  }

  @Test(arguments: [
    ("listen 80,443;", "each \"listen\" takes one address: listen 80; listen 443;"),
    ("listen 80 443;", "each \"listen\" takes one address: listen 80; listen 443;"),
    ("listen [::1]:x;", "behind the colon stands a port, a number from 1 to 65535"),
  ])
  func `an address is explained`(text: String, note: String) {
    #expect(load(server: text).diagnostics.first?.note == note)
  }
}
