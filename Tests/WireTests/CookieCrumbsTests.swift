import Bytes
import Testing

@testable import Wire

@Suite struct CookieCrumbsTests {
  @Test(
    arguments: [
      ("a=1", "a", "1"), ("a=1; b=2", "b", "2"), ("A = 1 ;b=2", "a", "1 "), ("a=1;a=2", "a", "1"),
      ("aa=1; a=2", "a", "2"), ("a=b=c", "a", "b=c"), ("a=", "a", ""), ("a", "a", nil),
      ("a;b=2", "a", nil), ("b=2", "a", nil), ("", "a", nil), ("sid=x", "SID", "x"),
    ] as [(String, ByteString, ByteString?)])
  func `a cookie is found as nginx finds it`(
    text: String, name: ByteString, value: ByteString?
  ) throws {
    let fields = try #require(try fields("Cookie: \(text)\r\n"))
    #expect(fields.cookie(name) == value)
  }

  @Test func `the first line with the cookie wins`() throws {
    let fields = try #require(try fields("Cookie: x=0\r\nCookie: a=1\r\nCookie: a=2\r\n"))
    #expect(fields.cookie("a") == "1")
  }
}
