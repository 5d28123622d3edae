import Bytes
import Testing

@testable import Engine

@Suite struct ProxyCookiesTests {
  @Test(
    arguments: [
      ("proxy_cookie_path /up/ /;", "a=b; Path=/up/x; Secure", "a=b; Path=/x; Secure"),
      ("proxy_cookie_path /up/ /;", "a=/up/; path=/other", "a=/up/; path=/other"),
      ("proxy_cookie_path ~^/u(.) /$1;", "a=b;PATH=/up", "a=b;PATH=/p"),
      ("proxy_cookie_path ~*^/UP /;", "a=b; Path=/up", "a=b; Path=/"),
      ("proxy_cookie_domain localhost $host;", "a=b; Domain=LOCALHOST", "a=b; Domain=me"),
      ("proxy_cookie_domain .up.org me.org;", "a=b; domain=.up.org", "a=b; domain=.me.org"),
      ("proxy_cookie_domain up.org me.org;", "a=b; domain=x.up.org", "a=b; domain=x.up.org"),
      ("proxy_cookie_domain ~^(.+)\\.UP$ $1.me;", "a; domain=.x.up", "a; domain=.x.me"),
      (
        "proxy_cookie_domain off; proxy_cookie_path off;", "a; domain=b; path=c",
        "a; domain=b; path=c"
      ),
      (
        "proxy_cookie_domain x y; proxy_cookie_path /1 /2;", "c=d; Domain=x; Path=/1",
        "c=d; Domain=y; Path=/2"
      ),
      ("proxy_cookie_path / /x/;", "path=/; b=c", "path=/; b=c"),
    ] as [(String, ByteString, ByteString)])
  func `attributes change, the cookie itself does not`(
    directives: String, value: ByteString, expected: ByteString
  ) throws {
    try withExchange("GET / HTTP/1.1\nHost: me", server: directives) { exchange in
      #expect(exchange.settings.proxy.cookies.rewritten(value, exchange) == expected)
    }
  }
}
