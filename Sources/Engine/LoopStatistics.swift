import Synchronization

/// The numbers of one loop's connections, which any loop may read.
///
/// Only the loop itself writes them, so that counting costs no more than a store.
package final class LoopStatistics: Sendable {
  private let acceptedCount = Atomic<Int>(0)
  private let activeCount = Atomic<Int>(0)
  private let requestCount = Atomic<Int>(0)
  private let writingCount = Atomic<Int>(0)
  private let readingCount = Atomic<Int>(0)
  private let sessionCount = Atomic<Int>(0)

  /// All that there are; each leaves the list before it goes.
  ///
  /// A weak reference would make every use of the numbers count references the slow way.
  private static let all = Mutex<[Reference]>([])

  private struct Reference: @unchecked Sendable {
    let loop: Unmanaged<LoopStatistics>
  }

  /// The numbers of a loop without connections.
  package init() {
    let reference = Reference(loop: .passUnretained(self))
    LoopStatistics.all.withLock { $0.append(reference) }
  }

  deinit {
    let address = Unmanaged.passUnretained(self).toOpaque()
    LoopStatistics.all.withLock { list in list.removeAll { $0.loop.toOpaque() == address } }
  }

  func connectionOpened() {
    LoopStatistics.add(1, to: acceptedCount)
    LoopStatistics.add(1, to: activeCount)
  }

  func connectionClosed() { LoopStatistics.add(-1, to: activeCount) }

  func sessionBegan() {
    connectionOpened()
    LoopStatistics.add(1, to: sessionCount)
  }

  func sessionEnded() {
    connectionClosed()
    LoopStatistics.add(-1, to: sessionCount)
  }

  func requestBegan() {
    LoopStatistics.add(1, to: requestCount)
    LoopStatistics.add(1, to: writingCount)
  }

  func requestEnded() { LoopStatistics.add(-1, to: writingCount) }

  /// Notes that a head has come in part, and that the rest is here or given up.
  func headIsIncomplete(_ isIncomplete: Bool) {
    LoopStatistics.add(isIncomplete ? 1 : -1, to: readingCount)
  }

  private static func add(_ number: Int, to count: borrowing Atomic<Int>) {
    count.store(count.load(ordering: .relaxed) + number, ordering: .relaxed)
  }

  /// The numbers of all loops together.
  struct Total {
    var accepted = 0
    var active = 0
    var requests = 0
    var writing = 0
    var reading = 0

    /// Sessions of `stream`, which have no requests.
    var sessions = 0

    /// Connections without a request.
    var waiting: Int { max(0, active - writing - reading - sessions) }
  }

  static var total: Total {
    all.withLock { list in
      list.reduce(into: Total()) { total, reference in
        reference.loop._withUnsafeGuaranteedRef { $0.add(to: &total) }
      }
    }
  }

  private func add(to total: inout Total) {
    total.accepted += acceptedCount.load(ordering: .relaxed)
    total.active += activeCount.load(ordering: .relaxed)
    total.requests += requestCount.load(ordering: .relaxed)
    total.writing += writingCount.load(ordering: .relaxed)
    total.reading += readingCount.load(ordering: .relaxed)
    total.sessions += sessionCount.load(ordering: .relaxed)
  }
}

/// The numbers of connections in logs, which all loops count together.
package enum ConnectionNumbers {
  private static let count = Atomic<Int>(0)

  /// The number of the connection that was accepted last, by any loop.
  package static var last: Int { count.load(ordering: .relaxed) }

  /// Counts a connection.
  static func take() -> Int { count.add(1, ordering: .relaxed).newValue }
}
