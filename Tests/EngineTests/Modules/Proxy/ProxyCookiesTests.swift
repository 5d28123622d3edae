import Bytes
import Testing

@testable import Engine

@Suite struct ProxyCookiesTests {
  @Test(
    arguments: [
      ("proxy_cookie_path /up/ /;", "a=b; Path=/up/x; Secure", "a=b; Path=/x; Secure"),
      ("proxy_cookie_path /up/ /;", "a=/up/; path=/other", "a=/up/; path=/other"),
      ("proxy_cookie_path ~^/u(.) /$1;", "a=b;PATH=/up", "a=b; PATH=/p"),
      ("proxy_cookie_path ~*^/UP /;", "a=b; Path=/up", "a=b; Path=/"),
      ("proxy_cookie_domain localhost $host;", "a=b; Domain=LOCALHOST", "a=b; Domain=me"),
      ("proxy_cookie_domain .up.org me.org;", "a=b; domain=.up.org", "a=b; domain=.me.org"),
      ("proxy_cookie_domain up.org me.org;", "a=b; domain=x.up.org", "a=b; domain=x.up.org"),
      ("proxy_cookie_domain ~^(.+)\\.UP$ $1.me;", "a=; domain=.x.up", "a=; domain=.x.me"),
      (
        "proxy_cookie_domain off; proxy_cookie_path off;", "a; domain=b; path=c",
        "a; domain=b; path=c"
      ),
      (
        "proxy_cookie_domain x y; proxy_cookie_path /1 /2;", "c=d; Domain=x; Path=/1",
        "c=d; Domain=y; Path=/2"
      ),
      ("proxy_cookie_path / /x/;", "path=/; b=c", "path=/; b=c"),
      ("proxy_cookie_path / /x/;", "a; path=/", "a; path=/"),
    ] as [(String, ByteString, ByteString)])
  func `attributes change, the cookie itself does not`(
    directives: String, value: ByteString, expected: ByteString
  ) throws {
    try withExchange("GET / HTTP/1.1\nHost: me", server: directives) { exchange in
      #expect(exchange.settings.proxy.cookies.rewritten(value, exchange) == expected)
    }
  }

  @Test(arguments: [
    ("a=b;Path=/x", "a=b; Path=/x; Secure; HttpOnly; SameSite=None"),
    ("A=b; secure; HTTPONLY=; samesite=NONE", "A=b; secure; HTTPONLY=; samesite=NONE"),
    ("a=b; samesite=lax; x; SameSite=None", "a=b; SameSite=None; x; Secure; HttpOnly"),
    ("bb=c; Secure;HttpOnly ; SameSite=Lax; secure", "bb=c; HttpOnly "),
    ("v=c", "v=c; HttpOnly; SameSite=Strict"), ("other=c;Secure", "other=c;Secure"), ("a", "a"),
  ])
  func `flags of cookies are set and removed`(value: String, expected: String) throws {
    let directives = """
      proxy_cookie_flags a secure httponly samesite=none unknown;
      proxy_cookie_flags ~^B+$ nosecure nosamesite;
      proxy_cookie_flags $arg_name $arg_flag samesite=lax samesite=strict;
      proxy_cookie_flags v nohttponly;
      """
    try withExchange("GET /?name=v&flag=HttpOnly HTTP/1.1\nHost: me", server: directives) {
      exchange in
      let rewritten = exchange.settings.proxy.cookies.rewritten(ByteString(value), exchange)
      #expect(rewritten.string == expected)
    }
  }

  @Test(arguments: [
    ("proxy_cookie_flags a;", "invalid parameter \"a\""),
    ("proxy_cookie_flags off; proxy_cookie_flags a secure;", "duplicate"),
    ("proxy_cookie_path / /x; proxy_cookie_path off;", "duplicate"),
    ("proxy_cookie_flags ~( secure;", "missing"),
  ])
  func `mistakes are named`(directives: String, sentence: String) {
    let messages = load(server: directives).messages
    #expect(messages.contains { $0.contains(sentence) }, "\(messages)")
  }
}
