import Bytes
import Testing

@Suite struct ByteWordsTests {
  private func hash(_ text: ByteString, in range: Range<Int>) -> UInt64 {
    text.bytes.span.extracting(range).bytes.hash
  }

  private func areEqual(_ text: ByteString, _ range: Range<Int>, _ other: ByteString) -> Bool {
    text.bytes.span.extracting(range).bytes.isEqual(to: other.bytes.span.bytes)
  }

  @Test func `texts that differ anywhere have different hashes, however long they are`() {
    let text = ByteString("a text of more than sixteen bytes")
    let whole = 0..<text.count
    var hashes: Set<UInt64> = []
    for count in 0...text.count { hashes.insert(hash(text, in: 0..<count)) }
    for index in whole {
      var other = text
      other.bytes[index] ^= 1
      hashes.insert(hash(other, in: whole))
      #expect(!areEqual(other, whole, text))
    }
    #expect(hashes.count == text.count * 2 + 1)
  }

  @Test func `a hash depends on the bytes alone`() {
    let text = ByteString("xexample.comx")
    let copy = text[1..<12]
    #expect(hash(text, in: 1..<12) == hash(copy, in: 0..<11))
    #expect(areEqual(text, 1..<12, copy))
    #expect(!areEqual(text, 0..<13, copy))
  }

  @Test func `a word at the end is filled up with zeros`() {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    let raw = bytes.span.bytes
    #expect(raw.word(at: 2) == 0x0A09_0807_0605_0403)
    #expect(raw.word(at: 8) == 0x0A09)
    #expect(raw.word(at: 10) == 0 && raw.word(at: 99) == 0)
  }
}
