import Bytes
import Testing

@testable import Wire

@Suite struct ByteRangeSetTests {
  @Test(
    arguments: [
      ("bytes=0-4", .parts([0..<5])), ("bytes=5-", .parts([5..<100])),
      ("bytes=-5", .parts([95..<100])), ("bytes=-500", .parts([0..<100])),
      ("Bytes= 1 - 2 , 90-", .parts([1..<3, 90..<100])), ("bytes=90-500", .parts([90..<100])),
      ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=x", .unsatisfiable),
      ("bytes=5-2", .unsatisfiable), ("bytes=1-2,", .unsatisfiable), ("items=0-1", .whole),
      ("bytes=0-99,0-99", .whole), ("bytes=200-,1-2", .parts([1..<3])), ("bytes=", .whole),
      ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-5,3-8", .parts([0..<6, 3..<9])),
    ] as [(ByteString, ByteRangeSet)])
  func `ranges are read as nginx reads them`(value: ByteString, expected: ByteRangeSet) {
    #expect(ByteRangeSet(value, length: 100) == expected)
  }

  @Test func `too many ranges get everything`() {
    #expect(ByteRangeSet("bytes=0-1,3-4", length: 100, maximumRanges: 1) == .whole)
    #expect(ByteRangeSet("bytes=0-1", length: 100, maximumRanges: 0) == .whole)
    #expect(ByteRangeSet("bytes=0-1", length: 100, maximumRanges: 1) == .parts([0..<2]))
    #expect(ByteRangeSet("bytes=0-5", length: 0) == .whole)
  }
}
