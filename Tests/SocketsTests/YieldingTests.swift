import Testing

@testable import Sockets

@Suite struct YieldingTests {
  @Test func `others run first where the last batch tells of load`() {
    let yielding = Yielding()
    #expect(yielding.isWorthwhile(after: 4, at: 1_000))
    #expect(!yielding.isWorthwhile(after: 3, at: 1_000))
    #expect(!yielding.isWorthwhile(after: 0, at: 1_000))
  }

  @Test func `a short absence changes nothing`() {
    var yielding = Yielding()
    yielding.noteAbsence(from: 1_000, to: 1_002)
    #expect(yielding.isWorthwhile(after: 4, at: 1_002))
  }

  @Test func `after a long absence the loop sleeps at once for a while`() {
    var yielding = Yielding()
    yielding.noteAbsence(from: 1_000, to: 1_003)
    #expect(!yielding.isWorthwhile(after: 100, at: 1_003))
    #expect(!yielding.isWorthwhile(after: 100, at: 1_052))
    #expect(yielding.isWorthwhile(after: 100, at: 1_053))
  }
}
