import Testing

@testable import Wire

@Suite struct ByteRangeTests {
  @Test func `a range is kept in half the room`() {
    let range = ByteRange(3..<7)
    #expect(range == ByteRange(start: 3, end: 7))
    #expect(range.range == 3..<7)
    #expect(range.count == 4 && !range.isEmpty && ByteRange.empty.isEmpty)
    #expect(MemoryLayout<ByteRange>.size == 8)
  }
}
