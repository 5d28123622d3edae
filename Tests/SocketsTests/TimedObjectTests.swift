import Testing

@testable import Sockets

@Suite struct TimedObjectTests {
  private final class Object: TimedObject {
    var count = 0
    override func deadlinePassed() {
      count += 1
      if count == 1 { setDeadline(50) }
    }
  }

  @Test func `an object is told of its deadline once, and may set another then`() {
    let timers = Timers(time: 0)
    let object = Object(on: timers)
    #expect(!object.hasDeadline)
    object.setDeadline(10)
    #expect(object.hasDeadline && object.deadline == 10)
    timers.advance(to: 10)
    #expect(object.count == 1 && object.deadline == 50)
    timers.advance(to: 1_000)
    #expect(object.count == 2 && !object.hasDeadline)
  }

  @Test func `a cancelled deadline passes unnoticed, and so does that of an object that has gone`()
  {
    let timers = Timers(time: 0)
    let object = Object(on: timers)
    object.setDeadline(10)
    object.cancelDeadline()
    timers.advance(to: 20)
    #expect(object.count == 0)
    do { Object(on: timers).setDeadline(30) }
    timers.advance(to: 40)
    #expect(timers.delay(from: 40) == nil)
  }
}
