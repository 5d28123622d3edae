import Bytes
import Sockets

/// The server that one request wants to stay with.
final class StickySearch {
  private let sessions: StickySessions
  private let exchange: Exchange

  /// What the request names: a server, or a session.
  private let name: ByteString

  /// The identifier of the peer that was chosen last.
  private var identifier = ByteString()

  init(_ sessions: StickySessions, _ exchange: Exchange) {
    self.sessions = sessions
    self.exchange = exchange
    name = exchange.firstValue(of: sessions.lookup)
  }

  /// The identifier of the server to ask; nil where any will do.
  var wanted: ByteString? {
    guard !name.isEmpty else { return nil }
    guard let learning = sessions.learning else { return name }
    return learning.zone.server(of: name, at: exchange.loop.now)
  }

  func chose(_ peer: Peer) { identifier = StickySessions.identifier(of: peer) }

  /// The head of a response has come that the client will see.
  func headCame() {
    if let cookie = sessions.cookie {
      exchange.response.fields.append("Set-Cookie", cookie.text(naming: identifier, for: exchange))
    }
    if sessions.learning?.learnsFromHead == true { learn() }
  }

  /// The whole response has come.
  func ended() {
    if sessions.learning?.learnsFromHead == false { learn() }
  }

  private func learn() {
    guard let learning = sessions.learning else { return }
    let created = exchange.firstValue(of: learning.create)
    guard !created.isEmpty || !name.isEmpty else { return }
    learning.zone.note(
      created.isEmpty ? name : created, isWith: identifier, begins: !created.isEmpty,
      at: exchange.loop.now)
  }
}

extension Exchange {
  /// The value of the first variable that has one; empty where none has.
  fileprivate func firstValue(of variables: [Int]) -> ByteString {
    for number in variables {
      let value = collect { appendVariable(number, to: $0) }
      if !value.isEmpty { return value }
    }
    return ByteString()
  }
}
