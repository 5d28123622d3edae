import Bytes
import Testing

@testable import Engine

@Suite struct ProxyPassTests {
  @Test(
    arguments: [
      ("http://a", false, "a", ""), ("HTTP://a:8080/", false, "a:8080", "/"),
      ("https://a/b?c", true, "a", "/b?c"), ("http://a?x", false, "a", "/?x"),
      ("http://[::1]:80/x", false, "[::1]:80", "/x"),
      ("http://unix:/tmp/s", false, "unix:/tmp/s", ""),
      ("http://unix:/tmp/s:/x", false, "unix:/tmp/s", "/x"),
    ] as [(ByteString, Bool, ByteString, ByteString)])
  func `a URL has a scheme, an authority and perhaps a path`(
    text: ByteString, isEncrypted: Bool, authority: ByteString, uri: ByteString
  ) throws {
    let url = try #require(ProxyURL(text))
    #expect(url.isEncrypted == isEncrypted)
    #expect(url.authority == authority)
    #expect(url.uri == uri)
    #expect(url.defaultPort == (isEncrypted ? 443 : 80))
    #expect(url.shownAuthority == (authority.hasPrefix("unix:") ? "localhost" : authority))
  }

  @Test(arguments: ["", "a", "ftp://a", "http:/a", "httpx://a"] as [ByteString])
  func `other schemes are refused`(text: ByteString) {
    #expect(ProxyURL(text) == nil)
  }

  @Test(arguments: [
    ("location / { proxy_pass a; }", "invalid URL prefix"),
    ("location ~ a { proxy_pass http://127.0.0.1/x; }", #""proxy_pass" cannot have URI part in"#),
    ("location @a { proxy_pass http://127.0.0.1/; }", #""proxy_pass" cannot have URI part in"#),
    (
      "location / { proxy_pass http://127.0.0.1; proxy_pass http://127.0.0.1; }",
      #""proxy_pass" directive is duplicate"#
    ),
    ("location / { proxy_pass http://$nothing; }", #"unknown "nothing" variable"#),
    ("proxy_http_version 3;", #"invalid value "3""#),
    ("proxy_next_upstream sometimes;", #"invalid value "sometimes""#),
    ("proxy_redirect other;", #"invalid parameter "other""#),
    ("proxy_cookie_path other;", #"invalid parameter "other""#),
    ("proxy_bind nowhere;", #"invalid address "nowhere""#),
    ("proxy_read_timeout soon;", #""proxy_read_timeout" directive invalid value"#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    let messages = load(server: text).messages
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }

  @Test func `nobody answers at a closed port`() throws {
    let response = try answer(server: "location / { proxy_pass http://127.0.0.1:1; }")
    #expect(response.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
  }
}
