import Bytes
import Sockets
import Synchronization

/// Which session belongs to which server; all loops share it.
///
/// Sessions are known by the MD5 digests of their names, so that long names take no room. Where the
/// zone is full, the session that was not used for longest goes.
final class StickyZone: Sendable {
  /// As nginx has it, a megabyte holds some 8000 sessions.
  private static let bytesPerSession = 128

  let name: ByteString
  let byteCount: Int
  private let timeout: Milliseconds
  private let table: Table

  private struct Session {
    var server: ByteString
    var lastUse: Milliseconds
  }

  /// What a reload leaves alone.
  private final class Table: Sendable {
    let sessions: Mutex<RecentEntries<Session>>

    init(capacity: Int) { sessions = Mutex(RecentEntries(capacity: capacity)) }
  }

  /// - Parameter former: The zone of the configuration before; its sessions live on where it has
  ///   the same name and size.
  init(name: ByteString, byteCount: Int, timeout: Milliseconds, former: StickyZone? = nil) {
    self.name = name
    self.byteCount = byteCount
    self.timeout = timeout
    if let former, former.name == name, former.byteCount == byteCount {
      table = former.table
    } else {
      table = Table(capacity: byteCount / StickyZone.bytesPerSession)
    }
  }

  /// The server of a session; nil where it is not known or too old.
  func server(of session: ByteString, at now: Milliseconds) -> ByteString? {
    let key = ByteString(MD5.digest(of: session))
    return table.sessions.withLock { sessions in
      guard let known = sessions[key], now.since(known.lastUse) <= timeout else { return nil }
      return known.server
    }
  }

  /// Notes that a server has answered in a session.
  ///
  /// - Parameter begins: Whether a session that is not known begins.
  func note(
    _ session: ByteString, isWith server: ByteString, begins: Bool, at now: Milliseconds
  ) {
    let key = ByteString(MD5.digest(of: session))
    table.sessions.withLock { sessions in
      let isKnown = sessions[key].map { now.since($0.lastUse) <= timeout } ?? false
      guard isKnown || begins else { return }
      sessions[key] = Session(server: server, lastUse: now)
    }
  }
}
