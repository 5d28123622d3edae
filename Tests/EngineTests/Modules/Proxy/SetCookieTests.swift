import Bytes
import Testing

@testable import Engine

@Suite struct SetCookieTests {
  @Test(
    arguments: [
      ("a=b", "a=b"), (" a = b=c ;x;; Path = /up;", "a=b=c; x; ; Path=/up; "), ("=b;x", "=b; x"),
    ] as [(ByteString, ByteString)])
  func `a cookie is taken apart and put together`(text: ByteString, expected: ByteString) throws {
    #expect(try #require(SetCookie(text)).text == expected)
  }

  @Test(arguments: ["", "a", "a; b=c"] as [ByteString])
  func `what begins with no cookie is none`(text: ByteString) {
    #expect(SetCookie(text) == nil)
  }

  @Test func `words that are no flags say nothing`() {
    #expect(CookieFlags(["", "secured", "samesite", "samesite=x"]) == CookieFlags())
    #expect(CookieFlags(["nosamesite", "SameSite=lax", "samesite=none"]).sameSite == "Lax")
  }
}
