import CLinux

/// Something that wants to know when a socket can be read or written again.
public protocol ReadinessObserver: AnyObject {
  /// A flag of the socket was newly set, or its peer hung up; called on the loop.
  func readinessChanged()
}

/// A non-blocking descriptor that a loop watches, with what is known about its readiness.
///
/// The flags start out as hopes: try the call, and let `EAGAIN` clear the flag. Confined to its
/// loop, as the unchecked conformance to `Sendable` relies on.
public final class Socket: @unchecked Sendable {
  /// The descriptor; -1 once closed.
  public private(set) var descriptor: CInt

  /// The loop that watches the descriptor.
  public let loop: EventLoop

  /// Whether a read may succeed; an end or an error counts, since a read reports it.
  public var isReadable = true

  /// Whether a write may succeed.
  public var isWritable = true

  /// Whether the peer has shut down its side, or the connection failed or closed altogether.
  public private(set) var isHungUp = false

  /// Whether the connection failed or both sides are shut down (`EPOLLERR`, `EPOLLHUP`).
  public private(set) var isBroken = false

  /// Told about news; not retained.
  ///
  /// A weak reference would be safe whatever its owner does, and costs each observer a side table
  /// and slow reference counts ever after. Instead, whoever observes must outlive its observation:
  /// it gives it up (or closes the socket) before it goes. Connections, tunnels, pooled connections
  /// and waiters own the stream that they observe and close it.
  public unowned(unsafe) var observer: (any ReadinessObserver)?

  private var token: UInt64?

  /// Takes over a non-blocking descriptor and has the loop watch it; call it on the loop.
  ///
  /// - Parameter isConnecting: Whether writing must wait for the first event.
  /// - Throws: What made `epoll_ctl` fail; the descriptor is closed then.
  public init(
    adopting descriptor: CInt, on loop: EventLoop, isConnecting: Bool = false
  ) throws(SystemError) {
    self.descriptor = descriptor
    self.loop = loop
    isReadable = !isConnecting
    isWritable = !isConnecting
    token = try loop.register(self)
  }

  deinit { close() }

  /// Whether the descriptor has been given up.
  public var isClosed: Bool { descriptor < 0 }

  /// Closes the descriptor; a second call does nothing.
  public func close() {
    guard descriptor >= 0 else { return }
    if let token { loop.unregister(token) }
    token = nil
    CLinux.close(descriptor)
    descriptor = -1
    isReadable = false
    isWritable = false
    observer = nil
  }

  /// Notes what an event of `epoll` says.
  func becameReady(_ events: UInt32) {
    let hangUp = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
    let broken = EPOLLHUP.rawValue | EPOLLERR.rawValue
    var isNews = false
    if events & (EPOLLIN.rawValue | hangUp) != 0, !isReadable {
      isReadable = true
      isNews = true
    }
    if events & (EPOLLOUT.rawValue | broken) != 0, !isWritable {
      isWritable = true
      isNews = true
    }
    if events & hangUp != 0, !isHungUp {
      isHungUp = true
      isNews = true
    }
    if events & broken != 0, !isBroken {
      isBroken = true
      isNews = true
    }
    if isNews { observer?.readinessChanged() }
  }
}
