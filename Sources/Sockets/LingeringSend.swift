import Bytes
import CLinux

/// The last bytes of a connection that was closed before the kernel had room for them.
///
/// It owns the descriptor, sends as room comes, and closes the descriptor at the end, at a failure,
/// after a time without progress, or when all of it takes too long. It has no more than the 64 KiB
/// of ``PostponedSends``, and counts as a connection (``EventLoop/lingeringSendCount``).
///
/// Confined to its loop, which keeps it for as long: the unchecked conformance to `Sendable` relies
/// on it.
public final class LingeringSend: TimedObject, @unchecked Sendable {
  /// How long a peer may take nothing, in milliseconds, unless told otherwise; nginx's default of
  /// `send_timeout`.
  public static let standardTimeout: Milliseconds = 60_000

  /// How many times as long all of it may take: whoever needs more for a few packets only holds a
  /// place.
  private static let longestLife: Milliseconds = 10

  private let descriptor: CInt
  private let bytes: ByteBuffer
  private unowned let loop: EventLoop
  private let timeout: Milliseconds
  private let end: Milliseconds
  private var watch: Watch?

  /// Takes over a descriptor that the loop does not watch.
  ///
  /// - Parameter timeout: How long the peer may take nothing, in milliseconds.
  init(
    _ bytes: ByteBuffer, to descriptor: CInt, on loop: EventLoop, timeout: Milliseconds
  ) throws(SystemError) {
    self.bytes = bytes
    self.descriptor = descriptor
    self.loop = loop
    self.timeout = timeout
    let life = timeout.multipliedReportingOverflow(by: LingeringSend.longestLife)
    end = life.overflow ? .max : loop.deadline(after: life.partialValue)
    super.init(on: loop.timers)
    watch = try Watch(descriptor, on: loop, reads: false, writes: true) {
      [unowned self] _, _ in send()
    }
    setDeadline(loop.deadline(after: timeout))
  }

  deinit {
    watch?.stop()
    CLinux.close(descriptor)
  }

  private func send() {
    let count = bytes.withReadableBytes { bytes in
      retryingInterruptions { linux_send(descriptor, bytes.baseAddress, bytes.count) }
    }
    if count < 0, linux_errno() != EAGAIN { return loop.forget(self) }
    if count > 0 {
      bytes.consume(count)
      setDeadline(min(loop.deadline(after: timeout), end))
    }
    if bytes.isEmpty { loop.forget(self) }
  }

  /// Gives the connection up.
  public override func deadlinePassed() { loop.forget(self) }
}
