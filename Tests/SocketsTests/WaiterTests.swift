import Testing

@testable import Sockets

@Suite struct WaiterTests {
  @Test func `a wait without news times out at its deadline`() throws {
    try onLoop { loop in
      let begin = loop.now
      #expect(await Waiter(on: loop).wait(until: begin + 30) == .timedOut)
      #expect(loop.now >= begin + 30)
      #expect(loop.now < begin + 2_000)
    }
  }

  @Test func `news that came before the wait ends it at once, but only once`() throws {
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      waiter.readinessChanged()
      #expect(await waiter.wait(until: loop.now + 10) == .ready)
      #expect(await waiter.wait(until: loop.now + 10) == .timedOut)
    }
  }

  @Test func `an interruption is remembered`() throws {
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      loop.afterBatch { waiter.interrupt() }
      #expect(await waiter.wait() == .interrupted)
      #expect(await waiter.wait() == .interrupted)
    }
  }

  @Test func `yielding lets others run and keeps news`() throws {
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      waiter.readinessChanged()
      var hasRun = false
      let timer = Timer(on: loop.timers) { hasRun = true }
      timer.set(loop.now + 5)
      let end = loop.now + 1_000
      while !hasRun, loop.now < end { #expect(await waiter.yieldToOthers() == .ready) }
      #expect(hasRun)
      #expect(await waiter.wait(until: loop.now + 10) == .ready)
      #expect(await waiter.wait(until: loop.now + 10) == .timedOut)
      loop.afterBatch { waiter.interrupt() }
      #expect(await waiter.yieldToOthers() == .interrupted)
    }
  }

  /// Something that sleeps without a task, and wakes a task when it is called.
  private final class Sleeper: TimedObject {
    let waiter: Waiter
    let others: Waiter

    init(on loop: EventLoop) {
      waiter = Waiter(on: loop)
      others = Waiter(on: loop)
      super.init(on: loop.timers)
    }

    override func runOnLoop() { others.readinessChanged() }
  }

  @Test func `an object sleeps without a task, and is told how the sleep ended`() throws {
    try onLoop { loop in
      let sleeper = Sleeper(on: loop)
      let waiter = sleeper.waiter
      #expect(waiter.sleep(sleeper, until: loop.now) == .timedOut)
      #expect(waiter.sleep(sleeper, until: loop.now + 10) == nil)
      #expect(await sleeper.others.wait() == .ready)
      #expect(waiter.outcome == .timedOut)
      #expect(waiter.sleep(sleeper, until: .max) == nil)
      loop.afterBatch { waiter.readinessChanged() }
      #expect(await sleeper.others.wait() == .ready)
      #expect(waiter.outcome == .ready)
      waiter.readinessChanged()
      #expect(waiter.sleep(sleeper, until: .max) == .ready)
      #expect(waiter.sleep(sleeper, until: .max) == nil)
      loop.afterBatch { waiter.interrupt() }
      #expect(await sleeper.others.wait() == .ready)
      #expect(waiter.outcome == .interrupted)
      #expect(waiter.sleep(sleeper, until: .max) == .interrupted)
    }
  }

  @Test func `a turn is over after three rounds`() {
    var rounds = Rounds()
    for round in 1...48 { #expect(rounds.isTurnOver() == (round % 3 == 0)) }
  }

  @Test func `one waiter hears of several sockets`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let (nearOther, farOther) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      for stream in [near, nearOther] {
        stream.observer = waiter
        stream.socket.isReadable = false
      }
      _ = farOther.write(buffer("x"))
      while !nearOther.isReadyToRead {
        #expect(await waiter.wait(until: loop.now + 1_000) == .ready)
      }
      _ = far.write(buffer("y"))
      while !near.isReadyToRead {
        #expect(await waiter.wait(until: loop.now + 1_000) == .ready)
      }
    }
  }
}
