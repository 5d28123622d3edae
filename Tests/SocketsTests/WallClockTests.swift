import Bytes
import Testing

@testable import Sockets

@Suite struct WallClockTests {
  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
  ])
  func `a date is written as HTTP wants it`(second: UInt64, text: String) {
    #expect(WallClock.httpDate(of: second).string == text)
  }

  @Test func `all texts are of the same second`() {
    let clock = WallClock()
    let second = clock.seconds
    #expect(clock.httpDate == WallClock.httpDate(of: second))
    let time = clock.errorLogTime.dropFirst(11)
    #expect(clock.logTime[12..<20] == time)
    #expect(clock.iso8601[11..<19] == time)
    #expect(clock.seconds == second)
  }

  @Test func `time goes on only when the clock has expired`() {
    let clock = WallClock()
    let first = clock.milliseconds
    while WallClock().milliseconds == first {}
    #expect(clock.milliseconds == first)
    clock.expire()
    #expect(clock.milliseconds > first)
  }
}
