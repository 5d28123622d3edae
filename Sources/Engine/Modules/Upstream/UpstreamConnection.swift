import Bytes
import Sockets

/// An open connection to a peer.
///
/// While it is idle its socket's events come here: bytes that nobody asked for and a hang-up close
/// it. Confined to its loop, as the unchecked conformance relies on.
final class UpstreamConnection: TimedObject, ReadinessObserver, @unchecked Sendable {
  /// Whether no other request may use it, since each may name a certificate of its own.
  var isPrivate = false

  let stream: ByteStream
  let peer: Peer

  /// Who may use the connection again where the group's `keepalive` is `local`: the location's
  /// handler.
  let owner: ObjectIdentifier?

  /// When the connection was opened, in the loop's time.
  let openedAt: Milliseconds

  /// How long the connection has been open, in milliseconds.
  var age: Milliseconds { stream.loop.now - openedAt }

  /// The number of requests that it has carried, the current one included.
  var requestCount = 1

  /// The neighbours in the pool's list, from the one used last to the one used first.
  var newer: Unmanaged<UpstreamConnection>?
  var older: Unmanaged<UpstreamConnection>?

  /// The pool that it is idle in; nil while it is in use.
  ///
  /// A pool closes its connections before it goes, so that it outlives this reference.
  private unowned(unsafe) var pool: UpstreamPool?

  private let counter: ConnectionCounter?

  init(
    stream: ByteStream, peer: Peer, owner: ObjectIdentifier? = nil,
    counter: ConnectionCounter? = nil
  ) {
    self.stream = stream
    self.counter = counter
    counter?.opened()
    self.peer = peer
    self.owner = owner
    openedAt = stream.loop.now
    super.init(on: stream.loop.timers)
  }

  deinit { counter?.closed() }

  func close() { stream.close() }

  // MARK: - Idle

  /// Starts to wait in a pool.
  ///
  /// - Parameter pause: For how long at most, in milliseconds.
  func becomeIdle(in pool: UpstreamPool, for pause: Milliseconds) {
    self.pool = pool
    stream.observer = self
    setDeadline(stream.loop.deadline(after: pause))
  }

  /// Stops waiting.
  func becomeBusy() {
    pool = nil
    stream.observer = nil
    cancelDeadline()
  }

  override func deadlinePassed() { drop() }

  func readinessChanged() {
    if !isQuiet { drop() }
  }

  /// Whether the peer has neither sent anything nor closed the connection.
  var isQuiet: Bool {
    guard !stream.isClosed, !stream.socket.isHungUp else { return false }
    guard stream.isReadyToRead else { return true }
    let buffers = stream.loop.buffers
    let scratch = buffers.take(512)
    defer { buffers.give(scratch) }
    if case .wouldBlock = stream.read(into: scratch) { return true }
    return false
  }

  /// Leaves the pool and closes.
  private func drop() {
    // The caller is this object's own socket or timer; both go when the batch is done.
    stream.loop.afterBatch { withExtendedLifetime(self) {} }
    _ = pool?.remove(.passUnretained(self))
    close()
  }
}
