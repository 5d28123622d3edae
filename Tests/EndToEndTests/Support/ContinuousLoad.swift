import Foundation
import Synchronization

/// Clients that ask again and again, each time on a new connection, until they are stopped.
final class ContinuousLoad: Sendable {
  struct Counts {
    var answered = 0

    /// Connections that could not be made.
    var refused = 0

    /// Requests without a whole answer.
    var lost = 0
  }

  private struct State {
    var counts = Counts()
    var isStopped = false
    var running = 0
  }

  private let state = Mutex(State())

  init(port: Int, clients: Int) {
    state.withLock { $0.running = clients }
    for _ in 0..<clients {
      let thread = Thread { [self] in
        while !state.withLock({ $0.isStopped }) { ask(port) }
        state.withLock { $0.running -= 1 }
      }
      thread.start()
    }
  }

  var counts: Counts { state.withLock { $0.counts } }

  private func ask(_ port: Int) {
    guard let client = try? Client(port: port) else {
      return state.withLock { $0.counts.refused += 1 }
    }
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let isAnswered = client.readResponse().map { $0.status == 200 && $0.isComplete } ?? false
    state.withLock {
      if isAnswered { $0.counts.answered += 1 } else { $0.counts.lost += 1 }
    }
  }

  /// Waits until every client has its last answer.
  func stop() {
    state.withLock { $0.isStopped = true }
    _ = wait { state.withLock { $0.running } == 0 }
  }
}
