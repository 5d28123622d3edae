import Bytes
import Config
import Sockets
import Synchronization

/// How often requests with the same key have come, for all loops: nginx's `limit_req_zone`.
///
/// The rule is nginx's leaky bucket: each request adds one to an excess that the rate drains.
final class RequestRateZone: Sendable {
  /// What became of a request.
  enum Verdict: Equatable {
    /// The request may pass; the excess is in thousandths of requests.
    case passed(excess: Int)
    case refused(excess: Int)
  }

  private struct State {
    var excess = 0
    var time: Milliseconds = 0
  }

  private struct Content {
    var key = Template(constant: "")
    var rate = 1000
    var states = RecentEntries<State>(capacity: 1)
  }

  /// The name of the zone.
  let name: ByteString

  private let content = Mutex(Content())

  /// The bytes that nginx needs for one key of usual size.
  private static let entrySize = 128

  /// A zone that is not declared yet.
  init(name: ByteString) { self.name = name }

  /// Says what the zone counts.
  func declare(key: Template, rate: Int, byteCount: Int) {
    content.withLock {
      $0.key = key
      $0.rate = rate
      $0.states = RecentEntries(capacity: byteCount / RequestRateZone.entrySize)
    }
  }

  /// What requests are told apart by.
  var key: Template { content.withLock { $0.key } }

  /// In thousandths of requests for each second.
  var rate: Int { content.withLock { $0.rate } }

  /// Judges a request, and counts it unless it is refused.
  ///
  /// - Parameter burst: In thousandths of requests.
  func judge(_ key: ByteString, now: Milliseconds, burst: Int) -> Verdict {
    content.withLock { content in
      guard let state = content.states[key] else {
        content.states[key] = State(excess: 0, time: now)
        return .passed(excess: 0)
      }
      let elapsed = max(0, Int(now) - Int(state.time))
      let excess = max(0, state.excess - content.rate * elapsed / 1000 + 1000)
      guard excess <= burst else { return .refused(excess: excess) }
      content.states[key] = State(excess: excess, time: now)
      return .passed(excess: excess)
    }
  }

  /// Takes back a request that passed here and was refused by another zone.
  func takeBack(_ key: ByteString) {
    content.withLock { content in
      guard var state = content.states[key] else { return }
      state.excess = max(0, state.excess - 1000)
      content.states[key] = state
    }
  }
}

/// A zone while the configuration is read: it may be mentioned above its declaration.
final class RequestRateZoneDraft {
  let zone: RequestRateZone

  /// The key as it was written; empty before the zone is declared.
  var keyText = ByteString()
  private(set) var isDeclared = false

  init(name: ByteString) { zone = RequestRateZone(name: name) }

  /// - Returns: false where the zone has been declared before.
  func declare(key: Template, rate: Int, byteCount: Int) -> Bool {
    guard !isDeclared else { return false }
    isDeclared = true
    zone.declare(key: key, rate: rate, byteCount: byteCount)
    return true
  }
}

extension Load {
  /// The zone of a name, declared or not.
  func requestRateZone(named name: ByteString) -> RequestRateZoneDraft {
    if let zone = requestRateZones[name] { return zone }
    let zone = RequestRateZoneDraft(name: name)
    requestRateZones[name] = zone
    return zone
  }

  /// Refuses a zone that is declared nowhere.
  func checkAfterReading(
    _ draft: RequestRateZoneDraft, _ name: ByteString, _ statement: Statement
  ) {
    afterReading(statement) { () throws(Diagnostic) in
      if !draft.isDeclared { throw .unknownZone(name, statement) }
    }
  }
}

extension Diagnostic {
  /// nginx finds this when it has read everything, and gives no place.
  static func unknownZone(_ name: ByteString, _ statement: Statement) -> Diagnostic {
    var diagnostic = Diagnostic.custom("zero size shared memory zone \"\(name)\"", at: statement)
    diagnostic.order = Int.max - 1
    return diagnostic
  }
}
