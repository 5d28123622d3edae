import Bytes
import Testing
import Wire

@Suite struct SetCookieTests {
  @Test(arguments: [
    ("a=b", "a=b"), ("a=b;Path=/;x", "a=b; Path=/; x"), ("a=b=c;  D = e", "a=b=c; D = e"),
    ("a=;", "a=; "), ("=b;;c=", "=b; ; c="),
  ])
  func `a cookie is taken apart and put together`(text: String, expected: String) throws {
    #expect(try #require(SetCookie(ByteString(text))).text.string == expected)
  }

  @Test(arguments: ["", "a", "a; Path=/", ";a=b"])
  func `what begins without a value is no cookie`(text: String) {
    #expect(SetCookie(ByteString(text)) == nil)
  }

  @Test func `attributes are found and removed whatever their case, the cookie is not`() throws {
    var cookie = try #require(SetCookie("path=x; PATH=/; y; Path=/z"))
    #expect(cookie.name == "path" && cookie.firstIndex(of: "path") == 1)
    cookie.remove("path", from: 2)
    #expect(cookie.text == "path=x; PATH=/; y")
    cookie.remove("path")
    #expect(cookie.text == "path=x; y" && cookie.firstIndex(of: "path") == nil)
  }
}
