import Testing

@testable import Sockets

/// The wheel, driven by a clock that the tests invent.
@Suite struct TimersTests {
  @Test(arguments: [1, 63, 64, 65, 4_095, 4_096, 5_000, 262_144, 300_000, 86_400_000] as [UInt64])
  func `a timer fires at its deadline and not before`(span: Milliseconds) {
    let timers = Timers(time: 1_000_003)
    var firedAt: Milliseconds?
    let timer = Timer(on: timers) { firedAt = timers.time }
    timer.set(1_000_003 + span)
    timers.advance(to: 1_000_003 + span - 1)
    #expect(firedAt == nil)
    timers.advance(to: 1_000_003 + span)
    #expect(firedAt == 1_000_003 + span)
    #expect(!timer.isSet)
  }

  @Test func `many timers fire in the order of their deadlines`() {
    let timers = Timers(time: 0)
    var fired: [Milliseconds] = []
    var generator = SystemRandomNumberGenerator()
    let deadlines = (0..<2_000).map { _ in UInt64.random(in: 1...500_000, using: &generator) }
    let kept = deadlines.map { deadline in
      let timer = Timer(on: timers) { fired.append(deadline) }
      timer.set(deadline)
      return timer
    }
    while let delay = timers.delay(from: timers.time) { timers.advance(to: timers.time + delay) }
    #expect(fired == deadlines.sorted())
    #expect(kept.allSatisfy { !$0.isSet })
  }

  @Test func `a deadline moved later fires once, at the later time`() {
    let timers = Timers(time: 0)
    var count = 0
    let timer = Timer(on: timers) { count += 1 }
    timer.set(10)
    timer.set(100)
    timers.advance(to: 99)
    #expect(count == 0)
    timers.advance(to: 100)
    #expect(count == 1)
  }

  @Test func `a deadline moved earlier fires at the earlier time`() {
    let timers = Timers(time: 0)
    var count = 0
    let timer = Timer(on: timers) { count += 1 }
    timer.set(10_000)
    timer.set(7)
    timers.advance(to: 7)
    #expect(count == 1)
    timers.advance(to: 20_000)
    #expect(count == 1)
  }

  @Test func `a cancelled or freed timer does not fire`() {
    let timers = Timers(time: 0)
    var count = 0
    let cancelled = Timer(on: timers) { count += 1 }
    cancelled.set(5)
    cancelled.cancel()
    var freed: Timer? = Timer(on: timers) { count += 1 }
    freed?.set(5)
    freed = nil
    timers.advance(to: 10)
    #expect(count == 0)
    #expect(timers.delay(from: 10) == nil)
  }

  @Test func `an action may set its own timer and free others of the same slot`() {
    let timers = Timers(time: 0)
    var count = 0
    var others: [Timer] = []
    var timer: Timer?
    timer = Timer(on: timers) {
      others = []
      count += 1
      if count < 3 { timer?.set(timers.time + 1) }
    }
    others = (0..<3).map { _ in Timer(on: timers) { count += 100 } }
    for other in others { other.set(50) }
    timer?.set(50)
    timers.advance(to: 1_000)
    #expect(count == 3)
    timer = nil
  }
}
