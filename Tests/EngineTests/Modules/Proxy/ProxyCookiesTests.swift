import Bytes
import Config
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
      ("proxy_cookie_path /up /;", "a; path=/up", "a; path=/up"),
      ("proxy_cookie_path /up /;", "a = b ;x;;Path = /up; y=", "a=b; x; ; Path=/; y="),
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

  @Test(
    arguments: [
      ("a secure httponly samesite=lax", "a=b;x=y", "a=b; x=y; Secure; HttpOnly; SameSite=Lax"),
      ("A secure", "a=b", "a=b; Secure"),
      ("a secure", "b=a;x", "b=a;x"),
      ("a secure nosecure", "a=b;SECURE;Z", "a=b; SECURE; Z"),
      ("a nosecure nohttponly nosamesite", "a=b;secure;HttpOnly=;x;SameSite=None", "a=b; x"),
      ("a samesite=lax samesite=strict", "a=b;samesite=x;y", "a=b; SameSite=Strict; y"),
      ("a nosecure", "a=b;x", "a=b; x"),
      ("a $arg_none secured", "a=b;x", "a=b;x"),
      ("~^(.)BC$ secure; proxy_cookie_flags abc httponly", "abc=1", "abc=1; Secure"),
      ("$host $arg_flag; proxy_cookie_path / /x", "me=1; path=/", "me=1; path=/x; Secure"),
      ("off", "a=b;x", "a=b;x"),
    ] as [(String, ByteString, ByteString)])
  func `flags are added and removed`(
    rule: String, value: ByteString, expected: ByteString
  ) throws {
    let server = "proxy_cookie_flags \(rule);"
    try withExchange("GET /?flag=Secure HTTP/1.1\nHost: me", server: server) { exchange in
      #expect(exchange.settings.proxy.cookies.rewritten(value, exchange) == expected)
    }
  }

  @Test(arguments: [
    ("proxy_cookie_flags x;", "invalid parameter \"x\""),
    ("proxy_cookie_flags off; proxy_cookie_flags a secure;", "is duplicate"),
    ("proxy_cookie_path / /x; proxy_cookie_path off;", "is duplicate"),
  ])
  func `off stands alone`(directives: String, message: String) {
    let diagnostics = load(server: directives).diagnostics
    #expect(diagnostics.count == 1 && diagnostics[0].message.description.contains(message))
  }
}
