import Bytes
import Testing

@testable import Wire

@Suite struct MediaTypeTests {
  @Test(
    arguments: [
      ("text/html", "text/html", nil), ("Text/HTML ; charset=UTF-8", "text/html", "UTF-8"),
      ("text/html;Charset=\"koi8-r\"", "text/html", "koi8-r"),
      ("a/b; x=1;\tcharset=utf-8 ; y=2", "a/b", "utf-8"), ("a/b;charset=", "a/b", nil),
      ("a/b;mycharset=x", "a/b", nil), ("", "", nil), (";", "", nil),
    ] as [(ByteString, ByteString, ByteString?)])
  func `a type is read without and with its charset`(
    value: ByteString, essence: ByteString, charset: ByteString?
  ) {
    #expect(MediaType.essence(of: value) == essence)
    #expect(MediaType.charset(of: value) == charset)
  }
}
