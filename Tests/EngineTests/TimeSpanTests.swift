import Testing

@testable import Engine

@Suite struct TimeSpanTests {
  @Test func `a span counts milliseconds`() {
    #expect(TimeSpan.seconds(2) == .milliseconds(2000))
    #expect(TimeSpan.seconds(2).milliseconds == 2000)
    #expect(TimeSpan.zero < .milliseconds(1) && !(TimeSpan.zero < .zero))
  }
}
