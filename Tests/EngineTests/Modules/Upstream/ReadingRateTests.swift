import Testing

@testable import Engine

@Suite struct ReadingRateTests {
  @Test func `the first second is granted at once, then each millisecond its part`() throws {
    var rate = try #require(ReadingRate(20_000, byteCount: 4_000, at: 100))
    #expect(rate.allowance(at: 100) == 16_000 && rate.pause(at: 100) == nil)
    rate.note(17_000)
    #expect(rate.allowance(at: 100) == -1_000 && rate.byteCount == 21_000)
    #expect(rate.pause(at: 100) == 151)
    #expect(rate.allowance(at: 251) == 2_020 && rate.pause(at: 251) == nil)
  }

  @Test func `no rate is no limit, and the largest overflows nothing`() throws {
    #expect(ReadingRate(0, byteCount: 0, at: 0) == nil)
    let fast = try #require(ReadingRate(.max, byteCount: 1, at: 0))
    #expect(fast.allowance(at: 10) == .max && fast.pause(at: 10) == nil)
    let slow = try #require(ReadingRate(1, byteCount: .max, at: 0))
    #expect(slow.pause(at: 0) == 1_000)
  }
}
