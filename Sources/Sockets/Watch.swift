import CLinux

/// Watches a descriptor that belongs to somebody else, such as a pipe or a library's socket.
///
/// Level-triggered. It must be freed or stopped before the descriptor is closed. Confined to its
/// loop.
public final class Watch {
  /// The descriptor that is watched.
  public let descriptor: CInt

  private let loop: EventLoop
  private let action: (_ isReadable: Bool, _ isWritable: Bool) -> Void
  private var token: UInt64?

  /// Starts to watch.
  ///
  /// - Parameter action: Runs on the loop for as long as the descriptor is ready.
  public init(
    _ descriptor: CInt, on loop: EventLoop, reads: Bool, writes: Bool,
    action: @escaping (_ isReadable: Bool, _ isWritable: Bool) -> Void
  ) throws(SystemError) {
    self.descriptor = descriptor
    self.loop = loop
    self.action = action
    token = try loop.register(self, reads: reads, writes: writes)
  }

  deinit { stop() }

  /// Stops watching; the descriptor stays open.
  public func stop() {
    if let token { loop.unregister(token, descriptor) }
    token = nil
  }

  func becameReady(_ events: UInt32) {
    let broken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
    action(broken || events & EPOLLIN.rawValue != 0, broken || events & EPOLLOUT.rawValue != 0)
  }
}
