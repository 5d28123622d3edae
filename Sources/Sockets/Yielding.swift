import CLinux

/// When a loop lets other threads run before it sleeps.
///
/// Who sleeps must be woken, which costs about as much as a small request. Under load, the clients
/// and servers on the same machine that would wake the loop often wait for the processor
/// themselves; once they have run, what they sent is found without a wake-up (ARCHITECTURE.md,
/// "Where the time goes"). With nobody else to run, a system call is lost.
struct Yielding {
  /// The fewest events of a batch that tell of load.
  private static let loadedBatch = 4

  /// A longer absence means that the processor went to a thread with work of its own, which would
  /// have had to make way for a loop that is woken.
  private static let longestAbsence: Milliseconds = 2

  /// How long the loop sleeps at once after one.
  private static let rest: Milliseconds = 50

  private var restEnd: Milliseconds = 0

  /// Whether others should run before the loop sleeps.
  ///
  /// - Parameter eventCount: How many events the last batch had.
  func isWorthwhile(after eventCount: Int, at now: Milliseconds) -> Bool {
    eventCount >= Yielding.loadedBatch && now >= restEnd
  }

  /// Lets others run, and notes how long that took.
  mutating func letOthersRun() {
    let start = linux_milliseconds(CLOCK_MONOTONIC)
    sched_yield()
    noteAbsence(from: start, to: linux_milliseconds(CLOCK_MONOTONIC))
  }

  mutating func noteAbsence(from start: Milliseconds, to end: Milliseconds) {
    if end - start > Yielding.longestAbsence { restEnd = end + Yielding.rest }
  }
}
