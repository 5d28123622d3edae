import Bytes
import Testing

@testable import Engine

@Suite struct TextCacheTests {
  private func buffer(_ text: ByteString) -> ByteBuffer {
    let buffer = ByteBuffer(capacity: 16)
    buffer.append(text)
    return buffer
  }

  @Test func `a text is what stands in the range, however often and whatever came before`() {
    let cache = TextCache<ByteString>()
    let texts = (0..<500).map { ByteString("text/\($0 % 90)") } + ["", ByteString(repeated: 200)]
    for _ in 0..<3 {
      for text in texts {
        let buffer = buffer("<" + text + ">")
        #expect(cache.text(buffer, in: 1..<1 + text.count) == text)
      }
    }
  }

  @Test func `what comes again is made once`() {
    let cache = TextCache<Int>()
    var madeCount = 0
    for text in ["a.test", "b.test", "a.test", "b.test"] as [ByteString] {
      let size = cache.value(buffer(text), in: 0..<text.count) {
        madeCount += 1
        return $0.count
      }
      #expect(size == 6)
    }
    #expect(madeCount == 2)
  }
}

extension ByteString {
  fileprivate init(repeated count: Int) {
    self.init(Array(repeating: UInt8(ascii: "a"), count: count))
  }
}
