import Bytes
import CLinux
import Synchronization

/// A thread's worth of the program: waits for descriptors and timers and runs Swift jobs.
///
/// One loop for each thread. Connections, timers and buffers of a loop are touched on its thread
/// alone; only ``stop()`` and ``submit(_:)`` may be called from others.
///
/// Swift's tasks stay on the loop that they began on: the jobs of a loop's thread come to the loop
/// instead of Swift's global executor (see ``keepJobs()``). A preferred `TaskExecutor` would do the
/// same, but the runtime takes a lock to look it up at each suspension and each call of an
/// asynchronous function that might run elsewhere.
///
/// Unchecked because the state outside the mutex and the atomics is confined to that thread.
public final class EventLoop: @unchecked Sendable {
  private static let maximumEvents = 512
  private static let wakeUpToken = UInt64.max

  /// The number of the loop among those of the process.
  public let index: Int

  /// The alarms of the loop.
  public let timers: Timers

  /// The time of day; see ``now`` for the time that timers use.
  public let clock = WallClock()

  /// Buffers to be used again.
  public let buffers = BufferPool()

  /// What the TLS sessions of the loop read from and write to, once they are established.
  lazy var socketBIO = SocketBIO()

  /// What is sent when the current batch is done.
  let postponedSends = PostponedSends()

  /// The monotonic clock, read once for each wake-up.
  public private(set) var now: Milliseconds

  /// The point of time after a span; `.max` where the sum would be beyond it.
  public func deadline(after span: Milliseconds) -> Milliseconds {
    let (sum, isTooLarge) = now.addingReportingOverflow(span)
    return isTooLarge ? .max : sum
  }

  private let poller: CInt
  private let wakeUp: CInt
  private let events: UnsafeMutablePointer<epoll_event>

  /// How many of them the last batch had.
  private var eventCount = 0
  private var yielding = Yielding()
  private var registrations = Registrations()
  private var jobs = JobRing()
  /// Objects that have work to do, each with a reference.
  private var objects = JobRing()
  private var works: [@Sendable () -> Void] = []
  private var worksInProgress: [@Sendable () -> Void] = []
  private var lingeringSends: [ObjectIdentifier: LingeringSend] = [:]
  private var lingeringSendsEnds: [() -> Void] = []
  private var failedSockets: [UInt64] = []
  private var batchEnds: [() -> Void] = []
  private var batchEndsInProgress: [() -> Void] = []
  private let inbox = Mutex(Inbox())
  private let isStopping = Atomic<Bool>(false)

  /// What other threads hand over.
  private struct Inbox: ~Copyable {
    var works: [@Sendable () -> Void] = []
    var isAnnounced = false
  }

  /// - Throws: What made `epoll_create1` or `eventfd` fail.
  public init(index: Int) throws(SystemError) {
    let poller = try SystemError.check("epoll_create1", linux_epoll())
    let wakeUp = linux_eventfd()
    guard wakeUp >= 0, linux_epoll_add(poller, wakeUp, EventLoop.wakeUpToken, 0) == 0 else {
      let problem = SystemError(call: wakeUp < 0 ? "eventfd" : "epoll_ctl", code: linux_errno())
      if wakeUp >= 0 { close(wakeUp) }
      close(poller)
      throw problem
    }
    self.index = index
    self.poller = poller
    self.wakeUp = wakeUp
    now = linux_milliseconds(CLOCK_MONOTONIC)
    timers = Timers(time: now)
    events = .allocate(capacity: EventLoop.maximumEvents)
  }

  deinit {
    while let object = objects.popFirst() { Unmanaged<TimedObject>.fromOpaque(object).release() }
    close(poller)
    close(wakeUp)
    events.deallocate()
  }

  // MARK: - Running

  /// Serves events on the calling thread until ``stop()``.
  public func run() {
    let previous = linux_current_loop()
    linux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    defer { linux_set_current_loop(previous) }
    while !isStopping.load(ordering: .acquiring) { turn() }
  }

  /// Ends ``run()`` at the end of the current batch; may be called from any thread.
  public func stop() {
    isStopping.store(true, ordering: .releasing)
    announce()
  }

  /// Whether the caller stands on the thread that runs this loop.
  public var isCurrent: Bool {
    linux_current_loop() == Unmanaged.passUnretained(self).toOpaque()
  }

  /// Takes what a socket may send at the end of the batch; see ``PostponedSends/append(_:of:)``.
  func postpone(_ bytes: UnsafeRawBufferPointer, of socket: Socket) -> Bool {
    postponedSends.append(bytes, of: socket)
  }

  private func turn() {
    eventCount = awaitEvents()
    now = linux_milliseconds(CLOCK_MONOTONIC)
    clock.expire()
    postponedSends.isOpen = true
    for index in 0..<eventCount { dispatch(events + index) }
    if !failedSockets.isEmpty { tellOfFailures() }
    timers.advance(to: now)
    runJobs()
    if !batchEnds.isEmpty { runBatchEnds() }
    postponedSends.sendAll()
  }

  /// Takes the events that are there, or sleeps until there are some.
  private func awaitEvents() -> Int {
    let timeout = timeout
    if timeout != 0, yielding.isWorthwhile(after: eventCount, at: now) {
      let count = takeEvents(within: 0)
      if count > 0 { return count }
      yielding.letOthersRun()
    }
    return takeEvents(within: timeout)
  }

  private func takeEvents(within timeout: CInt) -> Int {
    max(0, Int(epoll_wait(poller, events, CInt(EventLoop.maximumEvents), timeout)))
  }

  /// How long `epoll_wait` may sleep.
  private var timeout: CInt {
    guard jobs.isEmpty, objects.isEmpty, works.isEmpty, batchEnds.isEmpty, failedSockets.isEmpty
    else { return 0 }
    guard let delay = timers.delay(from: now) else { return -1 }
    return CInt(clamping: delay)
  }

  private func dispatch(_ event: UnsafeMutablePointer<epoll_event>) {
    let token = linux_event_token(event)
    // The counter of the eventfd is never read: an edge comes with each write.
    if token == EventLoop.wakeUpToken { return emptyInbox() }
    switch registrations.owner(of: token) {
    case .socket(let socket): socket.takeUnretainedValue().becameReady(event.pointee.events)
    case .acceptor(let acceptor): acceptor.takeUnretainedValue().becameReady()
    case .watch(let watch): watch.takeUnretainedValue().becameReady(event.pointee.events)
    case nil: break
    }
  }

  /// Tells the observer of a socket, with the events of the next batch, that a send has failed.
  func tellSoon(_ token: UInt64) { failedSockets.append(token) }

  private func tellOfFailures() {
    let tokens = failedSockets
    failedSockets = []
    for token in tokens {
      guard case .socket(let socket) = registrations.owner(of: token) else { continue }
      socket.takeUnretainedValue().observer?.readinessChanged()
    }
  }

  private func runJobs() {
    repeat {
      while let job = jobs.popFirst() {
        linux_run_job(job)
      }
      while let object = objects.popFirst() {
        Unmanaged<TimedObject>.fromOpaque(object).takeRetainedValue().runOnLoop()
      }
      if !works.isEmpty { runWorks() }
    } while !jobs.isEmpty || !objects.isEmpty
  }

  private func runWorks() {
    swap(&works, &worksInProgress)
    for index in worksInProgress.indices { worksInProgress[index]() }
    worksInProgress.removeAll(keepingCapacity: true)
  }

  private func runBatchEnds() {
    swap(&batchEnds, &batchEndsInProgress)
    for index in batchEndsInProgress.indices { batchEndsInProgress[index]() }
    batchEndsInProgress.removeAll(keepingCapacity: true)
  }

  // MARK: - Work

  /// Runs a closure on the loop soon; may be called from any thread.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    if isCurrent { return works.append(work) }
    let isFirst = inbox.withLock { inbox in
      inbox.works.append(work)
      defer { inbox.isAnnounced = true }
      return !inbox.isAnnounced
    }
    if isFirst { announce() }
  }

  /// Has ``TimedObject/runOnLoop()`` called once the events of the current batch have been read;
  /// call it on the loop.
  public func enqueue(_ object: TimedObject) {
    objects.append(Unmanaged.passRetained(object).toOpaque())
  }

  /// Starts a task, whose every part runs on this loop; call it on the loop.
  public func spawn(_ body: @escaping @Sendable () async -> Void) {
    precondition(isCurrent)
    _ = Task.detached { await body() }
  }

  /// Runs a closure once the current batch of events and jobs is done; call it on the loop.
  public func afterBatch(_ work: @escaping () -> Void) {
    batchEnds.append(work)
  }

  private func announce() {
    var one: UInt64 = 1
    // A full counter cannot happen, and an interrupted write of eight bytes does not either.
    _ = write(wakeUp, &one, 8)
  }

  private func emptyInbox() {
    inbox.withLock { inbox in
      works.append(contentsOf: inbox.works)
      inbox.works = []
      inbox.isAnnounced = false
    }
  }

  // MARK: - Descriptors

  /// Watches the descriptor of a socket.
  ///
  /// - Parameter forRoom: Whether the socket is to hear when it can be written to; see
  ///   ``watchForRoom(_:_:)``.
  func register(_ socket: Socket, forRoom: Bool) throws(SystemError) -> UInt64 {
    let token = registrations.insert(.socket(Unmanaged.passUnretained(socket)))
    guard linux_epoll_add(poller, socket.descriptor, token, forRoom ? 1 : 0) == 0 else {
      let code = linux_errno()
      registrations.remove(token)
      throw SystemError(call: "epoll_ctl", code: code)
    }
    return token
  }

  /// Has a socket hear from now on when it can be written to: at once, where it can.
  func watchForRoom(_ token: UInt64, _ descriptor: CInt) throws(SystemError) {
    try SystemError.check("epoll_ctl", linux_epoll_watch_writing(poller, descriptor, token))
  }

  /// Watches a listening socket, which several loops may share.
  func register(_ acceptor: Acceptor) throws(SystemError) -> UInt64 {
    let token = registrations.insert(.acceptor(Unmanaged.passUnretained(acceptor)))
    let listener = acceptor.listener.descriptor
    guard linux_epoll_add_listener(poller, listener, token, 1) == 0 else {
      let code = linux_errno()
      registrations.remove(token)
      throw SystemError(call: "epoll_ctl", code: code)
    }
    return token
  }

  /// Watches a descriptor that belongs to somebody else.
  func register(_ watch: Watch, reads: Bool, writes: Bool) throws(SystemError) -> UInt64 {
    let token = registrations.insert(.watch(Unmanaged.passUnretained(watch)))
    let result = linux_epoll_add_level(
      poller, watch.descriptor, token, reads ? 1 : 0, writes ? 1 : 0)
    guard result == 0 else {
      let code = linux_errno()
      registrations.remove(token)
      throw SystemError(call: "epoll_ctl", code: code)
    }
    return token
  }

  /// Stops watching a descriptor that stays open.
  func unregister(_ token: UInt64, _ descriptor: CInt) {
    registrations.remove(token)
    _ = linux_epoll_remove(poller, descriptor)
  }

  /// Forgets a socket; events of the current batch that name it are dropped.
  func unregister(_ token: UInt64) { registrations.remove(token) }

  // MARK: - Last bytes

  /// The number of closed connections whose last bytes the kernel has not taken yet.
  public var lingeringSendCount: Int { lingeringSends.count }

  /// Called when one of them is gone.
  public var lingeringSendEnded: (() -> Void)?

  /// Runs a closure once no last bytes are left: at once where there are none.
  public func afterLingeringSends(_ work: @escaping () -> Void) {
    if lingeringSends.isEmpty { work() } else { lingeringSendsEnds.append(work) }
  }

  /// Sends the last bytes of a connection whose socket has been closed, and closes its descriptor.
  ///
  /// - Parameter timeout: How long the peer may take nothing, in milliseconds.
  func finishSending(
    _ bytes: ByteBuffer, to descriptor: CInt, within timeout: Milliseconds
  ) {
    _ = linux_epoll_remove(poller, descriptor)
    // Without a place in epoll nobody would tell of room: the object goes, and the descriptor.
    guard let send = try? LingeringSend(bytes, to: descriptor, on: self, timeout: timeout)
    else { return }
    lingeringSends[ObjectIdentifier(send)] = send
  }

  /// Lets a connection go whose last bytes were sent, or cannot be.
  func forget(_ send: LingeringSend) {
    // Not at once: its own closure may be what runs.
    submit { [self] in
      guard lingeringSends.removeValue(forKey: ObjectIdentifier(send)) != nil else { return }
      lingeringSendEnded?()
      guard lingeringSends.isEmpty else { return }
      for work in lingeringSendsEnds { work() }
      lingeringSendsEnds = []
    }
  }

  // MARK: - Jobs of Swift's tasks

  /// Makes the loops keep the jobs of their threads; call it before the first loop runs.
  public static func keepJobs() {
    linux_keep_jobs { loop, job in
      guard let loop, let job else { return }
      Unmanaged<EventLoop>.fromOpaque(loop)._withUnsafeGuaranteedRef { $0.jobs.append(job) }
    }
  }

  /// Jobs that went to Swift's global executor since ``keepJobs()``, from threads without a loop.
  public static var strayJobCount: Int { Int(linux_stray_job_count()) }
}
