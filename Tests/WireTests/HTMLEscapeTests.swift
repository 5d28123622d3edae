import Bytes
import Testing

@testable import Wire

@Suite struct HTMLEscapeTests {
  @Test(
    arguments: [
      ("plain é", "plain é"), ("<a href=\"x\">&", "&lt;a href=&quot;x&quot;&gt;&amp;"),
      ("&lt;", "&amp;lt;"), ("'", "'"), ("", ""),
    ] as [(ByteString, ByteString)])
  func `markup becomes character references`(text: ByteString, escaped: ByteString) {
    #expect(HTMLEscape.escape(text) == escaped)
  }
}
