import Bytes
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

  /// Whether a read may succeed; an end or an error counts, since a read reports it.
  public var isReadable = true

  /// Whether a write may succeed.
  public var isWritable = true

  /// Whether the peer has shut down its side, or the connection failed or closed altogether.
  public private(set) var isHungUp = false

  /// Whether the connection failed or both sides are shut down (`EPOLLERR`, `EPOLLHUP`).
  public private(set) var isBroken = false

  /// The loop that watches the descriptor.
  public let loop: EventLoop

  /// Told about news; not retained.
  ///
  /// A weak reference would be safe whatever its owner does, and costs each observer a side table
  /// and slow reference counts ever after. Instead, whoever observes must outlive its observation:
  /// it gives it up (or closes the socket) before it goes. Connections, tunnels, pooled connections
  /// and waiters own the stream that they observe and close it.
  public unowned(unsafe) var observer: (any ReadinessObserver)?

  private var token: UInt64?

  /// Whether the loop tells of room to write: from the first time on that there was none, since a
  /// new socket would get an event that is no news, and few are ever full.
  private var isRoomWatched: Bool

  /// Whether this program opened the connection, as a client of the peer.
  final var leadsToServer = false

  /// Whether small packets are to leave though earlier ones are not acknowledged yet, which the
  /// kernel has not been told (`TCP_NODELAY`).
  ///
  /// It is told before the second send: the first packet of a connection never waits, and one that
  /// sends but once is spared the call.
  public final var wantsNoDelay = false
  private var hasSent = false

  /// The longest first send that is one packet in any network that carries IPv6, in bytes.
  private static let smallestPacket = 1_220

  /// The place among the loop's postponed sends; -1 while there is none.
  final var postponedEntry = -1

  /// The rest of a postponed send that the kernel did not take whole; nil while there is none.
  private var unsent: ByteBuffer?

  /// Why a postponed send failed, or why none may follow, which the next attempt reports; 0 where
  /// neither is so.
  private var sendFailure: CInt = 0

  /// Whether ``absence`` and ``refusal`` tell of sends: one that was postponed failed, or none may
  /// follow.
  var hasSendFailed: Bool { sendFailure != 0 }

  /// Whether this program has ended both directions.
  private(set) var isCutOff = false

  /// Whether the sending direction is to be shut once everything was sent.
  private var isShutWanted = false

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
    isRoomWatched = isConnecting
    token = try loop.register(self, forRoom: isConnecting)
  }

  deinit { close() }

  /// Whether the descriptor has been given up.
  public var isClosed: Bool { descriptor < 0 }

  /// Closes the descriptor; a second call does nothing.
  ///
  /// As with the kernel's own buffer, what was taken before is still sent.
  ///
  /// - Parameter sendTimeout: How long the peer may take none of it, in milliseconds; with 0, what
  ///   the kernel has no room for is forgotten.
  public func close(sendTimeout: Milliseconds = LingeringSend.standardTimeout) {
    guard descriptor >= 0 else { return }
    observer = nil
    sendPostponed()
    if let token { loop.unregister(token) }
    token = nil
    if let unsent = unsent.take(), !isBroken, sendTimeout > 0 {
      loop.finishSending(unsent, to: descriptor, within: sendTimeout)
    } else {
      CLinux.close(descriptor)
    }
    descriptor = -1
    isReadable = false
    isWritable = false
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
      isWritable = unsent == nil || sendUnsent()
      isNews = isNews || isWritable
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

  /// What an attempt to read comes to where nothing is there: a connection that nothing can be sent
  /// on is not worth waiting for.
  var absence: ReadOutcome { sendFailure == 0 ? .wouldBlock : .failed(sendFailure) }

  // MARK: - Sending

  /// Whether bytes may be sent at once; what was postponed goes first.
  var canSend: Bool {
    sendPostponed()
    return isWritable && sendFailure == 0
  }

  /// What an attempt to send comes to where ``canSend`` is false.
  var refusal: WriteOutcome {
    if sendFailure != 0 { return .failed(sendFailure) }
    return isClosed ? .failed(EPIPE) : .wouldBlock
  }

  /// Sends the front of some bytes, or takes them to be sent at the end of the batch.
  ///
  /// - Parameter isFollowed: Whether the caller sends more before it does anything else, so that
  ///   the kernel need not make a packet of these bytes alone.
  func send(_ bytes: UnsafeRawBufferPointer, isFollowed: Bool = false) -> WriteOutcome {
    guard isWritable, sendFailure == 0 else { return refusal }
    if wantsNoDelay { noteSend(bytes.count) }
    if loop.postpone(bytes, of: self) { return .bytes(bytes.count) }
    return canSend ? sendNow(bytes, isFollowed: isFollowed) : refusal
  }

  private func noteSend(_ count: Int) {
    if hasSent || count > Socket.smallestPacket { forbidDelay() }
    hasSent = true
  }

  /// Tells the kernel what ``wantsNoDelay`` says.
  func forbidDelay() {
    guard wantsNoDelay else { return }
    wantsNoDelay = false
    _ = linux_set_option(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  private func sendNow(
    _ bytes: UnsafeRawBufferPointer, isFollowed: Bool = false
  ) -> WriteOutcome {
    let count = retryingInterruptions {
      isFollowed
        ? linux_send_first(descriptor, bytes.baseAddress, bytes.count)
        : linux_send(descriptor, bytes.baseAddress, bytes.count)
    }
    return outcome(count, of: bytes.count)
  }

  /// Sends the last bytes of a direction, or takes them to be sent behind what was taken before.
  ///
  /// Where bytes were refused, the peer will not get these either: whoever ends a direction then
  /// has given it up.
  func sendLast(_ bytes: UnsafeRawBufferPointer) -> WriteOutcome {
    guard isWritable || unsent != nil else { return refusal }
    switch send(bytes) {
    case .bytes(bytes.count): break
    case .bytes(let count): keep(bytes[count...])
    case .wouldBlock: keep(bytes[...])
    case .failed(let code): return .failed(code)
    }
    return .bytes(bytes.count)
  }

  /// Whether bytes were taken that the kernel may have no room for.
  public var hasUnsent: Bool { postponedEntry >= 0 || unsent != nil }

  /// What a system call that sends came to.
  func outcome(_ count: Int, of asked: Int) -> WriteOutcome {
    outcome(ofResult: count >= 0 ? count : -Int(linux_errno()), of: asked)
  }

  /// The same where a failure is the error's number, negative.
  private func outcome(ofResult result: Int, of asked: Int) -> WriteOutcome {
    if result >= 0 {
      // A short count means that the socket's buffer is full; an edge will tell of room.
      if result < asked { becameFull() }
      return .bytes(result)
    }
    guard result == -Int(EAGAIN) else { return .failed(CInt(-result)) }
    becameFull()
    return .wouldBlock
  }

  private func becameFull() {
    isWritable = false
    guard !isRoomWatched, let token else { return }
    isRoomWatched = true
    do throws(SystemError) {
      try loop.watchForRoom(token, descriptor)
    } catch {
      failed(error.code)
    }
  }

  /// Tells the peer that nothing more will be sent, once everything was.
  func shutdownWrite() {
    guard !isClosed else { return }
    sendPostponed()
    isShutWanted = unsent != nil
    if !isShutWanted { shutdown(descriptor, CInt(SHUT_WR)) }
  }

  /// Ends both directions: a read finds the end, and a write fails.
  ///
  /// What was taken before goes first; what the kernel has no room for is sent after ``close()``.
  func cutOff() {
    guard !isClosed else { return }
    sendPostponed()
    shutdown(descriptor, CInt(unsent == nil ? SHUT_RDWR : SHUT_RD))
    if sendFailure == 0 { sendFailure = EPIPE }
    isCutOff = true
    isWritable = true
  }

  /// Forgets what the kernel does not take at once.
  func discardUnsent() {
    sendPostponed()
    unsent = nil
  }

  private func sendPostponed() {
    if postponedEntry >= 0 { loop.postponedSends.send(postponedEntry) }
  }

  /// Sends what was postponed, and keeps what the kernel does not take.
  func sendPostponed(_ bytes: UnsafeRawBufferPointer) {
    settlePostponed(bytes, sendNow(bytes))
  }

  /// Does the same after the bytes were handed over along with those of other sockets.
  func settlePostponed(_ bytes: UnsafeRawBufferPointer, result: Int) {
    if result == bytes.count { return }
    // What is no matter of the socket: send(2) succeeds, or says what is.
    let isUntried = [ECANCELED, EINTR, EINVAL, EOPNOTSUPP, ENOSYS, EACCES, EPERM]
      .contains { result == -Int($0) }
    settlePostponed(
      bytes, isUntried ? sendNow(bytes) : outcome(ofResult: result, of: bytes.count))
  }

  private func settlePostponed(_ bytes: UnsafeRawBufferPointer, _ outcome: WriteOutcome) {
    switch outcome {
    case .bytes(bytes.count): break
    case .bytes(let count): keep(bytes[count...])
    case .wouldBlock: keep(bytes[...])
    case .failed(let code): failed(code)
    }
  }

  private func keep(_ rest: Slice<UnsafeRawBufferPointer>) {
    let buffer = unsent ?? loop.buffers.take(rest.count)
    buffer.append(UnsafeRawBufferPointer(rebasing: rest))
    unsent = buffer
  }

  /// Goes on with what the kernel did not take before.
  ///
  /// - Returns: Whether the socket may be written to again.
  private func sendUnsent() -> Bool {
    guard let unsent else { return true }
    switch unsent.withReadableBytes({ sendNow($0) }) {
    case .bytes(let count): unsent.consume(count)
    case .wouldBlock: break
    case .failed(let code): noteFailure(code)
    }
    guard unsent.isEmpty || sendFailure != 0 else { return false }
    self.unsent = nil
    loop.buffers.give(unsent)
    if isShutWanted { shutdown(descriptor, CInt(SHUT_WR)) }
    return true
  }

  /// Has the next attempt report a failure, be it one to write or to read.
  private func noteFailure(_ code: CInt) {
    sendFailure = code
    isReadable = true
  }

  private func failed(_ code: CInt) {
    noteFailure(code)
    // Not at once: the observer itself may be about to send.
    if let token { loop.tellSoon(token) }
  }
}
