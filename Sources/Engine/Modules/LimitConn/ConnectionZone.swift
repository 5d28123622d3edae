import Bytes
import Synchronization

/// How many requests with the same key are under way, for all loops: nginx's `limit_conn_zone`.
final class ConnectionZone: Sendable {
  private struct Content {
    var key = Template(constant: "")
    var maximumKeys = 1
    var counts: [ByteString: Int] = [:]
  }

  /// The name of the zone.
  let name: ByteString

  private let content = Mutex(Content())

  /// The bytes that nginx needs for one key of usual size.
  private static let entrySize = 128

  /// A zone that is not declared yet.
  init(name: ByteString) { self.name = name }

  /// Says what the zone counts.
  func declare(key: Template, byteCount: Int) {
    content.withLock {
      $0.key = key
      $0.maximumKeys = max(1, byteCount / ConnectionZone.entrySize)
    }
  }

  /// What requests are told apart by.
  var key: Template { content.withLock { $0.key } }

  /// Counts a request; false where there are as many as may be, or where the zone is full.
  func begin(_ key: ByteString, maximum: Int) -> Bool {
    content.withLock { content in
      let count = content.counts[key] ?? 0
      guard count < maximum, count > 0 || content.counts.count < content.maximumKeys else {
        return false
      }
      content.counts[key] = count + 1
      return true
    }
  }

  /// Counts the end of a request.
  func end(_ key: ByteString) {
    content.withLock { content in
      guard let count = content.counts[key] else { return }
      content.counts[key] = count > 1 ? count - 1 : nil
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
