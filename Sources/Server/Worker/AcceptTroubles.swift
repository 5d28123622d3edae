import CLinux
import Engine
import Sockets
import Synchronization

/// Remembers when accepting last failed in any loop, so that a lasting trouble is logged once.
final class AcceptTroubles: Sendable {
  /// How long accepting must have gone well for the next failure to be logged, in milliseconds.
  private static let calm: Milliseconds = 10_000

  private let lastFailure = Mutex<Milliseconds?>(nil)

  /// Logs a failure unless it goes on from one that was logged.
  func report(_ error: SystemError, to log: ProgramLog) {
    let now = linux_milliseconds(CLOCK_MONOTONIC)
    let isNews = lastFailure.withLock { last in
      let isNews = last.map { now.since($0) > AcceptTroubles.calm } ?? true
      last = now
      return isNews
    }
    if isNews { log.write(.crit, "\(error)") }
  }
}
