import Bytes
import Testing

@testable import Config

@Suite struct SpellingSuggestionTests {
  private let names = ["proxy_pass", "proxy_set_header", "listen", "location", "root", "return"]

  @Test(
    arguments: [
      ("prox_pass", "proxy_pass"),
      ("proxy_psas", "proxy_pass"),
      ("Listen", "listen"),
      ("proxy-set-header", "proxy_set_header"),
      ("rot", "root"),
      ("lisen", "listen"),
      ("upstream", nil),
      ("x", nil),
      ("", nil),
    ] as [(ByteString, String?)])
  func `the nearest name is proposed, if it is near`(word: ByteString, expected: String?) {
    #expect(SpellingSuggestion.nearest(to: word, among: names) == expected)
  }

  @Test(arguments: [
    ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1),
    ("kitten", "sitting", 3), ("ca", "abc", 3),
  ])
  func `a swap of neighbours is one slip`(left: String, right: String, expected: Int) {
    #expect(SpellingSuggestion.distance(from: Array(left.utf8), to: Array(right.utf8)) == expected)
  }
}
