import Bytes
import Testing
import Wire

@Suite struct ContentRangeTests {
  @Test(
    arguments: [
      ("bytes 0-499/1234", 0, 500, 1234), ("bytes 5-5/6", 5, 6, 6), ("bytes 0 - 1 / *", 0, 2, nil),
    ] as [(String, Int, Int, Int?)])
  func `a range is read`(text: String, first: Int, end: Int, length: Int?) throws {
    let range = try #require(ContentRange(ByteString(text)))
    #expect(range.first == first && range.end == end && range.completeLength == length)
  }

  @Test(arguments: [
    "", "bytes", "bytes */10", "items 0-1/2", "bytes 2-1/3", "bytes 0-3/3", "bytes 0-1",
    "bytes -1/2",
    "bytes 0-9223372036854775807/*", "bytes 0-1/x",
  ])
  func `what is no range is refused`(text: String) {
    #expect(ContentRange(ByteString(text)) == nil)
  }
}
