/// Why a wait ended.
public enum WaitOutcome: Sendable {
  /// Something happened; possibly not what the caller hopes for, so try and wait again.
  case ready
  /// The deadline came first.
  case timedOut
  /// Somebody called ``Waiter/interrupt()``.
  case interrupted
}

/// The place where who serves an exchange sleeps until one of its sockets has news.
///
/// It belongs to the exchange, not to a descriptor: a relay observes two sockets with one waiter.
/// At most one task waits at a time, or an object without one. Confined to its loop, as the
/// unchecked conformance relies on.
public final class Waiter: TimedObject, ReadinessObserver, @unchecked Sendable {
  /// Whether ``interrupt()`` was called; every wait ends at once then.
  public private(set) var isInterrupted = false

  /// How the last ``sleep(_:until:)`` ended.
  public private(set) var outcome = WaitOutcome.ready
  private var hasNews = false

  /// The loop whose task waits.
  public let loop: EventLoop

  private var continuation: UnsafeContinuation<WaitOutcome, Never>?
  private var sleeper: Unmanaged<TimedObject>?

  /// A waiter without news.
  public init(on loop: EventLoop) {
    self.loop = loop
    super.init(on: loop.timers)
  }

  /// Suspends the task until there is news, or returns at once where there was some since the
  /// last wait.
  ///
  /// - Parameter deadline: When to give up, in the loop's time.
  public func wait(until deadline: Milliseconds = .max) async -> WaitOutcome {
    if let outcome = outcomeAtOnce(until: deadline) { return outcome }
    return await withUnsafeContinuation { continuation in
      precondition(isFree, "two tasks wait at one waiter")
      self.continuation = continuation
    }
  }

  private var isFree: Bool { continuation == nil && sleeper == nil }

  /// Has ``TimedObject/runOnLoop()`` called when there is news, where ``wait(until:)`` would
  /// suspend a task; ``outcome`` is there then.
  ///
  /// - Parameter sleeper: What is called; it must live until then.
  /// - Returns: The outcome where there is no need to sleep; nothing is called then.
  public func sleep(_ sleeper: TimedObject, until deadline: Milliseconds) -> WaitOutcome? {
    if let outcome = outcomeAtOnce(until: deadline) { return outcome }
    precondition(isFree, "two sleep at one waiter")
    self.sleeper = .passUnretained(sleeper)
    return nil
  }

  /// The outcome of a wait that need not suspend; nil where it must, with the deadline set.
  private func outcomeAtOnce(until deadline: Milliseconds) -> WaitOutcome? {
    if isInterrupted { return .interrupted }
    if hasNews {
      hasNews = false
      return .ready
    }
    if deadline <= loop.now { return .timedOut }
    if deadline != .max { setDeadline(deadline) }
    return nil
  }

  /// Lets the loop serve its other events and tasks before the task goes on.
  ///
  /// The loop's time is fresh afterwards. News that comes meanwhile is kept for the next wait.
  ///
  /// - Returns: `.interrupted` where ``interrupt()`` was called, `.ready` otherwise.
  @discardableResult
  public func yieldToOthers() async -> WaitOutcome {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      // The task goes on in the turn after the next look at the descriptors and the clock.
      loop.afterBatch { continuation.resume() }
    }
    return isInterrupted ? .interrupted : .ready
  }

  /// Wakes the task, or lets its next wait return at once.
  public func readinessChanged() {
    if isFree {
      hasNews = true
    } else {
      resume(.ready)
    }
  }

  /// Ends the current wait and all later ones.
  public func interrupt() {
    isInterrupted = true
    resume(.interrupted)
  }

  /// Makes the waiter usable for another exchange: forgets news and interruptions.
  public func reset() {
    precondition(isFree)
    isInterrupted = false
    hasNews = false
  }

  public override func deadlinePassed() { resume(.timedOut) }

  private func resume(_ outcome: WaitOutcome) {
    guard !isFree else { return }
    cancelDeadline()
    if let sleeper = sleeper.take() {
      self.outcome = outcome
      sleeper._withUnsafeGuaranteedRef { loop.enqueue($0) }
    } else {
      continuation.take()?.resume(returning: outcome)
    }
  }
}

/// Counts the rounds of a loop that goes on as long as bytes flow, so that others have their turn.
public struct Rounds: Sendable {
  /// How many rounds one turn has: with 64 KiB each, a fifth of a megabyte.
  ///
  /// With more of them a download makes all others of its loop wait longer (ARCHITECTURE.md, "Where
  /// the time goes"), and costs no less.
  private static let maximum = 3

  private var count = 0

  /// A turn that has not begun.
  public init() {}

  /// Counts a round.
  ///
  /// - Returns: Whether it was the last of the turn: time for ``Waiter/yieldToOthers()``.
  public mutating func isTurnOver() -> Bool {
    count += 1
    guard count == Rounds.maximum else { return false }
    count = 0
    return true
  }
}
