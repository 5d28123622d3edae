import Bytes
import Sockets

/// The TLS sessions that one location may resume with upstream servers, for one loop.
///
/// A session is resumed only with the peer and under the name that it was made for, and never in
/// another location, which may trust others. Confined to its loop, as the unchecked conformance
/// relies on.
final class UpstreamSessions: @unchecked Sendable {
  /// Names may come from requests, so there must be a limit.
  static let maximumCount = 256

  private var sessions: [Key: TLSResumption] = [:]

  private struct Key: Hashable {
    let peer: ByteString
    let name: ByteString?
  }

  /// The number of sessions that are kept.
  var count: Int { sessions.count }

  /// Offers the server what it gave out last, and keeps what it will give out; call it before the
  /// handshake.
  func resume(_ session: TLSSession, with peer: ByteString, as name: ByteString?) {
    let key = Key(peer: peer, name: name)
    if let known = sessions[key] { session.resume(known) }
    session.newResumption = { [weak self] in self?.keep($0, key) }
  }

  private func keep(_ resumption: TLSResumption, _ key: Key) {
    if sessions[key] == nil, sessions.count >= UpstreamSessions.maximumCount { sessions = [:] }
    sessions[key] = resumption
  }
}
