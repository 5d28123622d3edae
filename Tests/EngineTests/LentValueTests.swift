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

  @Test func `an object is lent without being kept`() throws {
    struct Refusal: Error, Equatable {}
    let list: LentList? = LentList([Canary(), Canary()])
    let lent = try #require(list).lent(1)
    #expect(lent.object === list?[1] && lent.withObject { $0 === list?[1] })
    #expect(throws: Refusal()) {
      try lent.withObject { (_) throws(Refusal) in throw Refusal() }
    }
    weak var canary: Canary?
    do {
      let object = Canary()
      canary = object
      _ = Lent(object)
    }
    #expect(canary == nil)
  }
}
