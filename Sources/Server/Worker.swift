import CLinux
import Engine
import Sockets
import Synchronization

/// The loops that serve requests, each on a thread of its own; the first has the main thread.
final class Worker: Sendable {
  private let loops: [WorkerLoop]
  private let addresses = Mutex<[BoundAddress]>([])

  init(site: Site, log: ProgramLog) throws(SystemError) {
    var loops: [WorkerLoop] = []
    for index in 0..<site.main.loopCount {
      loops.append(try WorkerLoop(index: index, site: site, log: log))
    }
    self.loops = loops
  }

  /// The loop of the main thread.
  var mainLoop: EventLoop { loops[0].eventLoop }

  /// Serves until ``stop()``; call it on the main thread.
  ///
  /// - Throws: What made the start of a thread fail.
  func run(accepting addresses: [BoundAddress]) throws(SystemError) {
    self.addresses.withLock { $0 = addresses }
    for loop in loops {
      loop.eventLoop.submit { loop.accept(from: addresses) }
    }
    var threads: [LoopThread] = []
    for loop in loops.dropFirst() { threads.append(try LoopThread(running: loop.eventLoop)) }
    mainLoop.run()
    for thread in threads { thread.join() }
    for loop in loops { loop.flushLogs() }
  }

  /// Writes what waits to be logged, and goes on with the closure on the main loop.
  func flushLogs(then body: @escaping @Sendable () -> Void) {
    let mainLoop = mainLoop
    let flushes = Countdown(from: loops.count) { mainLoop.submit(body) }
    for loop in loops {
      loop.eventLoop.submit {
        loop.flushLogs()
        flushes.count()
      }
    }
  }

  /// Ends all loops at once, whatever they are doing; may be called from any thread.
  func stop() {
    for loop in loops { loop.eventLoop.stop() }
  }

  /// Takes no more connections, finishes the requests in flight, and stops then.
  ///
  /// - Parameter timeout: How long that may take, see `worker_shutdown_timeout`; nil for no limit.
  func drain(within timeout: TimeSpan?) {
    // The worker lives as long as the process.
    let deaf = Countdown(from: loops.count) { [unowned self] in closeListeners() }
    let drained = Countdown(from: loops.count) { [unowned self] in stop() }
    for loop in loops {
      loop.eventLoop.submit {
        loop.drain(
          within: timeout, whenDeaf: { deaf.count() }, whenDrained: { drained.count() })
      }
    }
  }

  /// Has the kernel refuse connections from now on; a new process may have the addresses.
  private func closeListeners() {
    for address in addresses.withLock({ $0 }) { address.close() }
  }
}

/// A thread that runs an event loop.
private struct LoopThread {
  private let thread: pthread_t

  init(running loop: EventLoop) throws(SystemError) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(loop)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw SystemError(call: "pthread_create", code: code)
    }
    self.thread = thread
  }

  func join() { pthread_join(thread, nil) }
}
