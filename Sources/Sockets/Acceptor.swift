import CLinux

/// Takes the connections of one listening socket into one loop.
///
/// Confined to its loop.
public final class Acceptor {
  /// The socket that connections come from.
  public let listener: ListeningSocket

  /// The loop that gets the connections.
  public let loop: EventLoop

  /// Whether connections are being taken.
  public private(set) var isAccepting = false

  private let mayTake: () -> Bool
  private let opened: (ByteStream) -> Void
  private let failed: (SystemError) -> Void
  private var token: UInt64?
  private var timer: Timer?

  /// The longest pause after the process ran out of descriptors (nginx: 500 ms).
  private static let pause: Milliseconds = 500

  /// - Parameters:
  ///   - failed: Told what made `accept4` fail, as `EMFILE`; accepting pauses then for half a
  ///     second.
  ///   - mayTake: Whether there is room for a connection, asked before each.
  ///   - opened: Takes each connection, with its peer's address known.
  public init(
    _ listener: ListeningSocket, on loop: EventLoop,
    failed: @escaping (SystemError) -> Void, mayTake: @escaping () -> Bool,
    opened: @escaping (ByteStream) -> Void
  ) {
    self.listener = listener
    self.loop = loop
    self.failed = failed
    self.mayTake = mayTake
    self.opened = opened
  }

  deinit { stop() }

  /// Starts to take connections; call it on the loop.
  public func start() throws(SystemError) {
    guard !isAccepting else { return }
    token = try loop.register(self)
    isAccepting = true
  }

  /// Stops to take connections; those in the queue stay there for others.
  public func stop() {
    timer?.cancel()
    guard isAccepting, let token else { return }
    loop.unregister(token, listener.descriptor)
    self.token = nil
    isAccepting = false
  }

  /// Takes up to a batch of connections; the level-triggered registration brings the others.
  func becameReady() {
    for count in 0..<32 where isAccepting {
      // An `accept4` that finds nobody has made a socket before it looks; this only looks.
      if count > 0, linux_is_readable(listener.descriptor) == 0 { return }
      guard mayTake(), takeOne() else { return }
    }
  }

  /// Takes every connection that waits, before the socket is closed; whether or not there is room
  /// for more, since who waits would be reset.
  public func takeWaiting() {
    guard listener.isListening else { return }
    while takeOne() {}
  }

  /// - Returns: false where none waits, or taking it failed.
  private func takeOne() -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    let descriptor = linux_accept(listener.descriptor, &storage, &length)
    guard descriptor >= 0 else {
      let code = linux_errno()
      if code == EINTR || code == ECONNABORTED { return true }
      if code != EAGAIN { fail(code) }
      return false
    }
    adopt(descriptor, SocketAddress(storage, length: length))
    return true
  }

  private func adopt(_ descriptor: CInt, _ peer: SocketAddress?) {
    do throws(SystemError) {
      let stream = ByteStream(try Socket(adopting: descriptor, on: loop))
      stream.peerAddress = peer
      opened(stream)
    } catch {
      failed(error)
    }
  }

  private func fail(_ code: CInt) {
    failed(SystemError(call: "accept4", code: code))
    guard code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM else { return }
    // The connection stays in the queue and would wake the loop without end.
    stop()
    let timer = self.timer ?? Timer(on: loop.timers) { [unowned self] in resume() }
    self.timer = timer
    timer.set(loop.deadline(after: Acceptor.pause))
  }

  private func resume() {
    do throws(SystemError) { try start() } catch { failed(error) }
  }
}
