import Bytes
import Testing

@testable import Engine

@Suite struct TextSearchTests {
  @Test(arguments: [("  a b\t", "a b"), ("a", "a"), (" \t ", ""), ("", "")])
  func `blanks around a text go`(text: String, trimmed: String) {
    #expect(ByteString(text).trimmed.string == trimmed)
  }

  @Test(arguments: [("abcabc", "ca", 2), ("abc", "abc", 0), ("ab", "abc", nil), ("aab", "ab", 1)])
  func `a text is found where it begins first`(text: String, part: String, start: Int?) {
    #expect(ByteString(text).firstRange(of: ByteString(part))?.lowerBound == start)
  }

  @Test(arguments: [
    ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", true),
    ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", false),
    ("Mozilla/4.0 (compatible; MSIE 7.0)", false), ("curl/8", false),
  ])
  func `old browsers tell their name`(agent: String, isOld: Bool) {
    #expect(ByteString(agent).isOldMSIE == isOld)
  }

  @Test(arguments: [
    ("Mozilla/4.0 (compatible; MSIE 10.0)", true), ("MSIE 12", false), ("MSIE 123", true),
    ("Opera MSIE 6.0", false), ("curl/8", false),
  ])
  func `every MSIE is told from Opera`(agent: String, isMSIE: Bool) {
    #expect(ByteString(agent).isMSIE == isMSIE)
  }
}
