import Testing

@testable import Engine

@Suite struct LoopStatisticsTests {
  @Test func `what one loop counts is in the sum`() {
    let before = LoopStatistics.total.writing
    let loop = LoopStatistics()
    for _ in 0..<1000 { loop.requestBegan() }
    #expect(LoopStatistics.total.writing >= before + 900)
    for _ in 0..<1000 { loop.requestEnded() }
    withExtendedLifetime(loop) {}
  }
}
