import Synchronization
import Testing

@testable import Server

struct CountdownTests {
  @Test(arguments: [1, 2, 5])
  func `the last one calls back, once`(count: Int) {
    let calls = Counter()
    let countdown = Countdown(from: count) { calls.add() }
    for _ in 1..<count { countdown.count() }
    #expect(calls.value == 0)
    countdown.count()
    #expect(calls.value == 1)
    countdown.count()
    #expect(calls.value == 1)
  }

  private final class Counter: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    func add() { number.add(1, ordering: .relaxed) }
  }
}
