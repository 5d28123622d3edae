import CLinux
import Engine
import Sockets
import Synchronization

/// The loops that serve requests, each on a thread of its own; the first has the main thread.
final class Worker: Sendable {
  private let loops: [WorkerLoop]
  private let log: ProgramLog

  /// Who keeps the folders of caches in order; nil as long as there are none.
  private let cacheThread = Mutex<CacheThread?>(nil)

  /// - Parameter mainLoop: The loop of the main thread, which its owner runs.
  init(
    _ configuration: ServedConfiguration, on mainLoop: EventLoop, log: ProgramLog
  ) throws(SystemError) {
    let count = configuration.site.main.loopCount
    let troubles = AcceptTroubles()
    var loops: [WorkerLoop] = []
    for index in 0..<count {
      let loop = index == 0 ? mainLoop : try EventLoop(index: index)
      loops.append(
        WorkerLoop(
          on: loop, of: count, site: configuration.site, log: log, troubles: troubles))
    }
    self.loops = loops
    self.log = log
  }

  /// The loop of the main thread.
  private var mainLoop: EventLoop { loops[0].eventLoop }

  /// Starts the threads and readies every loop to take connections, which ``settle()`` begins.
  ///
  /// - Throws: What made the start of a thread fail.
  func start(
    _ configuration: ServedConfiguration, then body: @escaping @Sendable () -> Void
  ) throws(SystemError) -> WorkerThreads {
    onEachLoop({ $0.start(configuration) }, then: body)
    keepCaches(of: configuration.site)
    var threads: [Thread] = []
    for loop in loops.dropFirst() {
      let eventLoop = loop.eventLoop
      threads.append(try Thread { eventLoop.run() })
    }
    return WorkerThreads(threads: threads)
  }

  /// Serves new requests from another configuration, and goes on with the closure on the main
  /// loop when every loop does.
  func replace(
    by configuration: ServedConfiguration, then body: @escaping @Sendable () -> Void
  ) {
    onEachLoop({ $0.replace(by: configuration) }, then: body)
    keepCaches(of: configuration.site)
  }

  private func keepCaches(of site: Site) {
    cacheThread.withLock { thread in
      if thread == nil, !site.cacheZones.isEmpty {
        do throws(SystemError) {
          thread = try CacheThread(index: loops.count)
        } catch {
          log.write(.alert, "caches are not kept in order: \(error)")
        }
      }
      thread?.keep(site)
    }
  }

  /// Takes connections at all addresses of the configuration, gives up those that it has no more,
  /// and goes on with the closure on the main loop.
  func settle(then body: @escaping @Sendable () -> Void) {
    onEachLoop({ $0.settle() }, then: body)
  }

  /// Writes what waits to be logged, and goes on with the closure on the main loop.
  func flushLogs(then body: @escaping @Sendable () -> Void) {
    onEachLoop({ $0.flushLogs() }, then: body)
  }

  /// Does something on every loop, and goes on on the main loop when all have.
  private func onEachLoop(
    _ work: @escaping @Sendable (WorkerLoop) -> Void, then body: @escaping @Sendable () -> Void
  ) {
    let mainLoop = mainLoop
    let countdown = Countdown(from: loops.count) { mainLoop.submit(body) }
    for loop in loops {
      loop.eventLoop.submit {
        work(loop)
        countdown.count()
      }
    }
  }

  /// Ends all loops at once, whatever they are doing; may be called from any thread.
  func stop() {
    for loop in loops { loop.eventLoop.stop() }
    cacheThread.withLock { $0?.stop() }
  }

  /// Writes what waits to be logged; call it when all loops have ended.
  func finish() {
    cacheThread.withLock { $0?.join() }
    for loop in loops { loop.flushLogs() }
  }

  /// Takes no more connections, finishes the requests in flight, and stops then.
  ///
  /// - Parameters:
  ///   - timeout: How long that may take, see `worker_shutdown_timeout`; nil for no limit.
  ///   - addresses: See ``DrainOrder/emptied``.
  func drain(within timeout: TimeSpan?, emptying addresses: [SocketAddress]?) {
    // The worker lives as long as the process.
    let drained = Countdown(from: loops.count) { [unowned self] in stop() }
    for loop in loops {
      loop.eventLoop.submit {
        loop.drain(within: timeout, emptying: addresses, whenDrained: { drained.count() })
      }
    }
  }
}

/// The thread on which the folders of caches are kept in order, with a loop of its own.
private final class CacheThread: Sendable {
  private let loop: EventLoop
  private let keeper: CacheKeeper
  private let thread: Thread

  init(index: Int) throws(SystemError) {
    let loop = try EventLoop(index: index)
    self.loop = loop
    keeper = CacheKeeper(on: loop)
    thread = try Thread { loop.run() }
  }

  func keep(_ site: Site) {
    let keeper = keeper
    loop.submit { keeper.keep(site) }
  }

  func stop() { loop.stop() }

  func join() { thread.join() }
}

/// The threads of a worker's loops but the first.
struct WorkerThreads {
  fileprivate let threads: [Thread]

  /// Waits until all have ended.
  func join() {
    for thread in threads { thread.join() }
  }
}

/// A thread that runs a closure and ends.
struct Thread {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private let thread: pthread_t

  /// - Throws: What made `pthread_create` fail.
  init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw SystemError(call: "pthread_create", code: code)
    }
    self.thread = thread
  }

  func join() { pthread_join(thread, nil) }

  /// Leaves the thread to itself.
  func detach() { pthread_detach(thread) }
}
