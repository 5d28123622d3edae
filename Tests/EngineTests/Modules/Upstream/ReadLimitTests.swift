import Sockets
import Testing

@testable import Engine

@Suite struct ReadLimitTests {
  private let limit = ReadLimit(rate: 2_000, start: 10_000)

  @Test(
    arguments: [
      (0, 10_000, 2_000), (500, 10_000, 1_500), (2_500, 10_000, -500), (0, 11_500, 5_000),
    ] as [(Int, Milliseconds, Int)])
  func `the first second is granted at once`(count: Int, now: Milliseconds, allowance: Int) {
    #expect(limit.allowance(after: count, at: now) == allowance)
  }

  @Test func `who has read too much pauses for as long`() {
    let pause = limit.pause(for: -500)
    #expect(pause == 350)
    #expect(limit.allowance(after: 2_500, at: 10_000 + pause) == 200)
  }

  @Test func `a rate without bounds allows everything`() {
    #expect(ReadLimit(rate: .max, start: 0).allowance(after: 1 << 40, at: 5) == .max)
  }
}
