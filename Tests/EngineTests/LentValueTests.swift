import Testing

@testable import Engine

@Suite struct LentValueTests {
  private final class Canary: Sendable {}

  @Test func `a keeper lends its value and frees it when it goes`() throws {
    weak var canary: Canary?
    var keeper: ValueKeeper<Canary>?
    do {
      let value = Canary()
      canary = value
      keeper = ValueKeeper(value)
    }
    #expect(canary != nil)
    #expect(try #require(keeper).lent.value === canary)
    keeper = nil
    #expect(canary == nil)
  }
}
