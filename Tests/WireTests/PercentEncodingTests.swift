import Bytes
import Testing

@testable import Wire

@Suite struct PercentEncodingTests {
  @Test(arguments: [
    (PercentEncoding.Escapes.uri, "/a b?#%\"+;&é~", "/a%20b%3F%23%25%22+;&%C3%A9~"),
    (.query, "a b?&+;=/", "a%20b%3F%26%2B%3B=/"), (.uriComponent, "a/b-._~:", "a%2Fb-._~%3A"),
    (.html, "a?b'\"<#", "a?b%27%22%3C%23"), (.refresh, "a%20 ?#~}", "a%20%20?#%7E}"),
    (.memcached, "a %\u{1}é\u{7F}", "a%20%25%01é\u{7F}"),
  ])
  func `bytes are encoded as nginx does it`(
    escapes: PercentEncoding.Escapes, text: String, expected: String
  ) {
    #expect(PercentEncoding.encode(ByteString(text), escaping: escapes).string == expected)
  }

  @Test(arguments: [
    ("a%20b", "a b"), ("%", ""), ("%4", ""), ("%zz", "zz"), ("%4zb", "b"), ("a%C3%A9+", "aé+"),
  ])
  func `decoding forgives what nginx forgives`(text: String, expected: String) {
    #expect(PercentEncoding.decode(ByteString(text)).string == expected)
  }

  @Test func `a page shows text as it is`() {
    #expect(HTMLEscape.escape("<a href=\"x&y\">'") == "&lt;a href=&quot;x&amp;y&quot;&gt;'")
  }
}
