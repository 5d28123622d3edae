import CLinux

/// Sends of several sockets that reach the kernel with one system call, through `io_uring(7)`.
///
/// Between two system calls the kernel lets a peer run that the first one woke, on the same
/// processor if it has no other: it answers, sleeps, and is woken again by the next send. Within
/// one call it does not (ARCHITECTURE.md, "Where the time goes").
///
/// Soundness: the ring is opened in `init` and closed in `deinit`; the kernel is done with the
/// bytes of every send when ``send()`` returns; results have a place for as many sends as can be
/// added. Confined to one thread.
final class SendRing {
  /// How many sends one call makes at most.
  static let capacity = 64

  private let ring: OpaquePointer
  private let results: UnsafeMutablePointer<CInt>
  private var count = 0

  /// Opens a ring.
  ///
  /// - Throws: What made `io_uring_setup` fail: `ENOSYS` where the kernel has none, `EPERM` where a
  ///   policy such as seccomp's or the sysctl `kernel.io_uring_disabled` refuses it, `EMFILE` or
  ///   `ENOMEM` where no descriptor or memory is left.
  init() throws(SystemError) {
    guard let ring = linux_ring_open(CUnsignedInt(SendRing.capacity)) else {
      throw SystemError(call: "io_uring_setup", code: linux_errno())
    }
    self.ring = ring
    results = .allocate(capacity: SendRing.capacity)
    results.initialize(repeating: -ECANCELED, count: SendRing.capacity)
  }

  deinit {
    linux_ring_close(ring)
    results.deallocate()
  }

  /// Adds a send; its bytes must stay where they are until ``send()`` returns.
  ///
  /// - Returns: Its number, from zero.
  @discardableResult
  func add(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Int {
    precondition(count < SendRing.capacity)
    linux_ring_add_send(ring, descriptor, bytes.baseAddress, bytes.count)
    defer { count += 1 }
    return count
  }

  /// Makes the sends that were added, in their order; ``result(of:)`` tells what they came to.
  ///
  /// - Returns: Whether the ring may be used again: false where the kernel refused to take them
  ///   for another reason than a want of memory.
  @discardableResult
  func send() -> Bool {
    count = 0
    return [0, EAGAIN, EBUSY, ENOMEM].contains(linux_ring_send(ring, results))
  }

  /// What the send with a number came to: how many bytes were taken, or an error's number,
  /// negative; `-ECANCELED` where it was not made.
  func result(of place: Int) -> Int {
    precondition(place < SendRing.capacity)
    return Int(results[place])
  }
}
