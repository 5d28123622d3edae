import Bytes
import CLinux

/// The last bytes of a connection that was closed before the kernel had room for them.
///
/// It owns the descriptor, sends as room comes, and closes the descriptor at the end, at a failure
/// or after a minute without progress. Confined to its loop, which keeps it for as long, as the
/// unchecked conformance to `Sendable` relies on.
final class LingeringSend: TimedObject, @unchecked Sendable {
  private static let longestSilence: Milliseconds = 60_000

  private let descriptor: CInt
  private let bytes: ByteBuffer
  private unowned let loop: EventLoop
  private var watch: Watch?

  /// Takes over a descriptor that the loop does not watch.
  init(_ bytes: ByteBuffer, to descriptor: CInt, on loop: EventLoop) throws(SystemError) {
    self.bytes = bytes
    self.descriptor = descriptor
    self.loop = loop
    super.init(on: loop.timers)
    watch = try Watch(descriptor, on: loop, reads: false, writes: true) {
      [unowned self] _, _ in send()
    }
    setDeadline(loop.deadline(after: LingeringSend.longestSilence))
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
      setDeadline(loop.deadline(after: LingeringSend.longestSilence))
    }
    if bytes.isEmpty { loop.forget(self) }
  }

  override func deadlinePassed() { loop.forget(self) }
}
