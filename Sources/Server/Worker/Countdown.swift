import Synchronization

/// Calls back once so many loops have reached a point; each of them counts once.
final class Countdown: Sendable {
  private let rest: Atomic<Int>
  private let whenDone: @Sendable () -> Void

  init(from count: Int, whenDone: @escaping @Sendable () -> Void) {
    rest = Atomic(count)
    self.whenDone = whenDone
  }

  /// Counts; the last one calls back, on its thread.
  func count() {
    if rest.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { whenDone() }
  }
}
