import Bytes
import Testing

@testable import Config

@Suite struct WordTextsTests {
  private func text(_ word: String, of texts: WordTexts) -> ByteString {
    texts.text(Array(word.utf8).span)
  }

  @Test func `a word has its text, whatever came before`() {
    let texts = WordTexts()
    let words = (0..<5000).map { "word\($0)" } + ["", String(repeating: "x", count: 65), "word7"]
    for word in words + words { #expect(text(word, of: texts) == ByteString(word)) }
  }

  @Test func `a word that comes again has the same text`() {
    let texts = WordTexts()
    let first = text("location", of: texts)
    let second = text("location", of: texts)
    #expect(
      first.bytes.withUnsafeBytes { $0.baseAddress }
        == second.bytes.withUnsafeBytes { $0.baseAddress })
  }
}
