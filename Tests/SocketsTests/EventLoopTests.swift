import Bytes
import CLinux
import Testing

@testable import Sockets

@Suite(.serialized) struct EventLoopTests {
  @Test func `a thousand exchanges stay on their loop`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let waiter = Waiter(on: loop)
      near.observer = waiter
      loop.spawn { try? await echo(far, loop) }
      for number in 0..<1_000 {
        let text = "number \(number)"
        #expect(try await exchange(text, near, waiter) == text)
        #expect(loop.isCurrent)
      }
      near.close()
    }
  }

  @Test func `a task that prefers no executor stays on the loop that it began on`() throws {
    try onLoop { loop in
      let isKept = await Task.detached { loop.isCurrent }.value
      #expect(isKept)
      #expect(loop.isCurrent)
    }
  }

  @Test func `an event of a closed socket reaches nobody`() throws {
    try onLoop { loop in
      let (near, far) = try socketPair(on: loop)
      let (nearOther, farOther) = try socketPair(on: loop)
      let closer = Closer()
      far.socket.isReadable = false
      farOther.socket.isReadable = false
      closer.streams = [far, farOther]
      far.observer = closer
      farOther.observer = closer
      // Both ends become readable in one batch; the first to hear of it closes both.
      _ = near.write(buffer("a"))
      _ = nearOther.write(buffer("b"))
      _ = await Waiter(on: loop).wait(until: loop.now + 20)
      #expect(closer.callCount == 1)
      near.close()
      nearOther.close()
    }
  }

  @Test func `work from other threads and batch ends runs on the loop`() throws {
    try onLoop { loop in
      let waiter = Waiter(on: loop)
      loop.afterBatch {
        #expect(loop.isCurrent)
        waiter.readinessChanged()
      }
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      var thread = pthread_t()
      let waiting = Waiting(waiter)
      pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let waiter = Unmanaged<Waiting>.fromOpaque(argument).takeUnretainedValue().waiter
          waiter.loop.submit { waiter.readinessChanged() }
          return nil
        }, Unmanaged.passUnretained(waiting).toOpaque())
      #expect(await waiter.wait(until: loop.now + 5_000) == .ready)
      pthread_join(thread, nil)
    }
  }

  @Test func `the clock writes dates as the protocols want them`() {
    #expect(WallClock.httpDate(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    let clock = WallClock()
    #expect(clock.logTime.count == 26)
    #expect(clock.iso8601.count == 25)
    #expect(clock.errorLogTime.count == 19)
  }
}

/// Carries a waiter through a C pointer.
private final class Waiting {
  let waiter: Waiter
  init(_ waiter: Waiter) { self.waiter = waiter }
}

/// Closes its streams when it hears of any.
private final class Closer: ReadinessObserver {
  var streams: [ByteStream] = []
  var callCount = 0

  func readinessChanged() {
    callCount += 1
    for stream in streams { stream.close() }
    streams = []
  }
}
