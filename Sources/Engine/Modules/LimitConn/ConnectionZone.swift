import Bytes
import Synchronization

/// How many requests with the same key are under way, for all loops: nginx's `limit_conn_zone`.
final class ConnectionZone: Sendable {
  /// The requests under way; they outlive a reload that leaves the zone's name, key and size.
  private final class Memory: Sendable {
    let keyText: ByteString
    let byteCount: Int
    let counts = Mutex<[ByteString: Int]>([:])

    var maximumKeys: Int { max(1, byteCount / ConnectionZone.entrySize) }

    init(keyText: ByteString, byteCount: Int) {
      self.keyText = keyText
      self.byteCount = byteCount
    }
  }

  private struct Content {
    var key = Template(constant: "")
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
    key: Template, keyText: ByteString, byteCount: Int, former: ConnectionZone? = nil
  ) {
    let kept = former?.memory
    let isSame = kept?.keyText == keyText && kept?.byteCount == byteCount
    content.withLock {
      $0.key = key
      $0.memory = (isSame ? kept : nil) ?? Memory(keyText: keyText, byteCount: byteCount)
    }
  }

  private var memory: Memory { content.withLock { $0.memory } }

  /// What requests are told apart by.
  var key: Template { content.withLock { $0.key } }

  /// Counts a request; false where there are as many as may be, or where the zone is full.
  func begin(_ key: ByteString, maximum: Int) -> Bool {
    let memory = memory
    return memory.counts.withLock { counts in
      let count = counts[key] ?? 0
      guard count < maximum, count > 0 || counts.count < memory.maximumKeys else {
        return false
      }
      counts[key] = count + 1
      return true
    }
  }

  /// Counts the end of a request.
  func end(_ key: ByteString) {
    memory.counts.withLock { counts in
      guard let count = counts[key] else { return }
      counts[key] = count > 1 ? count - 1 : nil
    }
  }
}

/// A zone while the configuration is read: it may be mentioned above its declaration.
final class ConnectionZoneDraft {
  let zone: ConnectionZone

  /// The key as it was written; empty before the zone is declared.
  var keyText = ByteString()

  init(name: ByteString) { zone = ConnectionZone(name: name) }
}

extension Load {
  /// The zone of a name, declared or not.
  func connectionZone(named name: ByteString) -> ConnectionZoneDraft {
    if let zone = connectionZones[name] { return zone }
    let zone = ConnectionZoneDraft(name: name)
    connectionZones[name] = zone
    return zone
  }
}
