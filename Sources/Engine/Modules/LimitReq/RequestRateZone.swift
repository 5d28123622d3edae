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

  /// What is known of the keys; it outlives a reload that leaves the zone's name, key and size.
  private final class Memory: Sendable {
    let keyText: ByteString
    let byteCount: Int
    let states: Mutex<RecentEntries<State>>

    init(keyText: ByteString, byteCount: Int) {
      self.keyText = keyText
      self.byteCount = byteCount
      states = Mutex(RecentEntries(capacity: byteCount / RequestRateZone.entrySize))
    }
  }

  private struct Content {
    var key = Template(constant: "")
    var rate = 1000
    var memory = Memory(keyText: "", byteCount: 0)
  }

  /// The name of the zone.
  let name: ByteString

  private let content = Mutex(Content())

  /// The bytes that nginx needs for one key of usual size.
  private static let entrySize = 128

  /// A zone that is not declared yet.
  init(name: ByteString) { self.name = name }

  /// Says what the zone counts.
  ///
  /// - Parameters:
  ///   - keyText: The key as it was written.
  ///   - former: The zone of that name in the configuration before; nil for none.
  func declare(
    key: Template, keyText: ByteString, rate: Int, byteCount: Int, former: RequestRateZone? = nil
  ) {
    let kept = former?.content.withLock { $0.memory }
    let isSame = kept?.keyText == keyText && kept?.byteCount == byteCount
    content.withLock {
      $0.key = key
      $0.rate = rate
      $0.memory = (isSame ? kept : nil) ?? Memory(keyText: keyText, byteCount: byteCount)
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
    let (rate, memory) = content.withLock { ($0.rate, $0.memory) }
    return memory.states.withLock { states in
      guard let state = states[key] else {
        states[key] = State(excess: 0, time: now)
        return .passed(excess: 0)
      }
      let elapsed = Int(now.since(state.time))
      let excess = max(0, state.excess - rate * elapsed / 1000 + 1000)
      guard excess <= burst else { return .refused(excess: excess) }
      states[key] = State(excess: excess, time: now)
      return .passed(excess: excess)
    }
  }

  /// Takes back a request that passed here and was refused by another zone.
  func takeBack(_ key: ByteString) {
    let memory = content.withLock { $0.memory }
    memory.states.withLock { states in
      guard var state = states[key] else { return }
      state.excess = max(0, state.excess - 1000)
      states[key] = state
    }
  }
}

/// A zone while the configuration is read: it may be mentioned above its declaration.
final class RequestRateZoneDraft {
  let zone: RequestRateZone

  /// The key as it was written; empty before the zone is declared.
  private(set) var keyText = ByteString()
  private(set) var isDeclared = false

  init(name: ByteString) { zone = RequestRateZone(name: name) }

  /// - Returns: false where the zone has been declared before.
  func declare(
    key: Template, keyText: ByteString, rate: Int, byteCount: Int, former: RequestRateZone?
  ) -> Bool {
    guard !isDeclared else { return false }
    isDeclared = true
    self.keyText = keyText
    zone.declare(key: key, keyText: keyText, rate: rate, byteCount: byteCount, former: former)
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
