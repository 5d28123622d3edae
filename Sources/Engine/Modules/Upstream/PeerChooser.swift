import Sockets

/// The search for a peer of one request; confined to the request's loop.
///
/// A group of one peer without limits needs no search; see ``Upstream/solePeer``.
final class PeerChooser {
  /// How many attempts the group allows; where it is 0, a failure is final.
  ///
  /// An attempt on a kept-alive connection that the peer had closed meanwhile does not count: add
  /// one for it, as nginx does.
  var remainingTries: Int {
    get { search.remainingTries }
    set { search.remainingTries = newValue }
  }

  private var search: PeerSearch
  private let loop: EventLoop

  /// The server that the request wants to stay with; nil where the group does not care.
  let sticky: StickySearch?

  init(_ search: PeerSearch, loop: EventLoop, sticky: StickySearch? = nil) {
    self.search = search
    self.loop = loop
    self.sticky = sticky
  }

  /// The peer to try next; nil where there are no live upstreams.
  ///
  /// Every peer must be given back with ``finished(_:failed:)``.
  func next() -> Peer? {
    guard let sticky else { return search.next(at: now) }
    search.wanted = sticky.wanted
    let peer = search.next(at: now)
    if let peer { sticky.chose(peer) }
    return peer
  }

  /// Notes that a peer has taken a connection, which proves it alive long before it is given back.
  func connected(to peer: Peer) { search.connected(to: peer) }

  /// Gives a peer back.
  ///
  /// - Parameter failed: Whether the attempt counts as an unsuccessful one of the peer.
  /// - Returns: Whether this failure disabled the peer for a while.
  @discardableResult
  func finished(_ peer: Peer, failed: Bool) -> Bool {
    search.finished(peer, failed: failed, at: now)
  }

  /// Seconds of the monotonic clock.
  private var now: Int { Int(loop.now / 1000) }
}
