import Bytes
import Testing

@testable import Engine

@Suite struct ProxyRedirectsTests {
  private func rewritten(
    _ value: ByteString, by directives: String, isRefresh: Bool = false
  ) throws -> ByteString? {
    try withExchange("GET /a HTTP/1.1\nHost: me", server: directives) { exchange in
      let rules = ResolvedRedirects(rules: exchange.settings.proxy.redirects.rules)
      return isRefresh
        ? rules.rewrittenRefresh(value, exchange) : rules.rewritten(value, exchange)
    }
  }

  @Test(
    arguments: [
      ("proxy_redirect http://up/ /;", "http://up/a?b", "/a?b"),
      ("proxy_redirect http://up/ /;", "http://other/a", nil),
      ("proxy_redirect http://up/ /; proxy_redirect http://b/ /c/;", "http://b/x", "/c/x"),
      ("proxy_redirect http://$host/ /;", "http://me/x", "/x"),
      ("proxy_redirect / http://$host/;", "/x", "http://me/x"),
      (#"proxy_redirect ~^http://([a-z]+)/(.*) /$1/$2;"#, "http://up/x", "/up/x"),
      (#"proxy_redirect ~*^HTTP://UP/(.*) /$1;"#, "http://up/x", "/x"),
      (#"proxy_redirect ~^HTTP://UP/(.*) /$1;"#, "http://up/x", nil),
      ("proxy_redirect off;", "http://up/", nil),
    ] as [(String, ByteString, ByteString?)])
  func `the first rule that fits changes the value`(
    directives: String, value: ByteString, expected: ByteString?
  ) throws {
    #expect(try rewritten(value, by: directives) == expected)
  }

  @Test(
    arguments: [
      ("5; url=http://up/x", "5; url=/x"), ("0;URL=http://up/", "0;URL=/"), ("5", nil),
      ("url", nil),
      ("5; url=http://other/", nil),
    ] as [(ByteString, ByteString?)])
  func `the URL of Refresh changes alone`(value: ByteString, expected: ByteString?) throws {
    let directives = "proxy_redirect http://up/ /;"
    #expect(try rewritten(value, by: directives, isRefresh: true) == expected)
  }
}
