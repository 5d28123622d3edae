public import Bytes
import CLinux

/// A connection that carries bytes both ways: TCP, a Unix socket, or TLS over either.
///
/// Every attempt is synchronous and never blocks; the flags of the socket spare calls that would.
/// Confined to its loop, as the unchecked conformance to `Sendable` relies on.
public final class ByteStream: @unchecked Sendable {
  /// Once as many bytes as one `writev` takes buffers.
  private static let maximumVectors = 16

  /// The descriptor and its readiness.
  public let socket: Socket

  /// The TLS state; nil where bytes travel in the clear.
  public var tls: TLSSession?

  private var cachedPeer: SocketAddress?
  private var cachedLocal: SocketAddress?

  /// A stream of bytes in the clear.
  public init(_ socket: Socket) {
    self.socket = socket
    loop = socket.loop
  }

  /// The loop that the stream belongs to; it outlives all its streams.
  public let loop: EventLoop

  /// Told when the stream may be read or written again; not retained.
  public var observer: (any ReadinessObserver)? {
    get { socket.observer }
    set { socket.observer = newValue }
  }

  /// Whether an attempt to read may find something.
  @inlinable public var isReadyToRead: Bool { socket.isReadable || (tls?.hasPending ?? false) }

  /// What an attempt to read comes to where it finds nothing.
  public var absence: ReadOutcome { socket.isClosed ? .end : socket.absence }

  /// Whether an attempt to write may find room.
  public var isReadyToWrite: Bool { socket.isWritable }

  /// Whether the last bytes that were written wait for the end of the loop's batch of events.
  public var hasPostponedSend: Bool { socket.postponedEntry >= 0 }

  /// Whether ``close()`` has been called.
  public var isClosed: Bool { socket.isClosed }

  // MARK: - Failures

  /// What an attempt to read that failed with this `errno` is called in the error log.
  ///
  /// A send that failed in the meantime is reported to whoever reads.
  public func readFailure(_ code: CInt) -> StreamError {
    failure(socket.hasSendFailed ? "send" : "recv", code)
  }

  /// What an attempt to write that failed with this `errno` is called in the error log.
  public func writeFailure(_ code: CInt) -> StreamError { failure("send", code) }

  private func failure(_ call: String, _ code: CInt) -> StreamError {
    tls?.failure.map { .tls($0) } ?? .system(call, code)
  }

  // MARK: - Reading

  /// Appends what is there to a buffer.
  ///
  /// - Parameters:
  ///   - minimumRoom: How many bytes must fit; the buffer grows where they do not.
  ///   - maximum: How many bytes are read at most, though there may be room for more.
  public func read(
    into buffer: ByteBuffer, minimumRoom: Int = 1, atMost maximum: Int = .max
  ) -> ReadOutcome {
    if let tls { return read(into: buffer, minimumRoom, maximum, tls) }
    guard socket.isReadable else { return absence }
    let descriptor = socket.descriptor
    var room = 0
    let count = buffer.withWritableBytes(minimum: max(1, minimumRoom)) { space in
      room = min(space.count, maximum)
      return retryingInterruptions { linux_receive(descriptor, space.baseAddress, room) }
    }
    if count > 0 {
      // The kernel is drained; were the end already announced, no further edge would tell of it.
      if count < room, !socket.isHungUp { socket.isReadable = false }
      return .bytes(count)
    }
    if count == 0 { return .end }
    let code = linux_errno()
    guard code == EAGAIN else { return .failed(code) }
    socket.isReadable = false
    return socket.absence
  }

  private func read(
    into buffer: ByteBuffer, _ minimumRoom: Int, _ maximum: Int, _ tls: TLSSession
  ) -> ReadOutcome {
    var outcome = ReadOutcome.wouldBlock
    buffer.withWritableBytes(minimum: max(1, minimumRoom)) { space in
      outcome = tls.read(UnsafeMutableRawBufferPointer(rebasing: space.prefix(maximum)))
      if case .bytes(let count) = outcome { return count }
      return 0
    }
    return outcome
  }

  // MARK: - Writing

  /// Sends the front of a buffer and consumes what was taken.
  public func write(_ buffer: ByteBuffer) -> WriteOutcome {
    guard !buffer.isEmpty else { return .bytes(0) }
    if let tls { return write(buffer, tls) }
    let outcome = buffer.withReadableBytes { socket.send($0) }
    if case .bytes(let count) = outcome { buffer.consume(count) }
    return outcome
  }

  /// Sends the front of several buffers in one call and consumes what was taken.
  public func write(vectors buffers: [ByteBuffer]) -> WriteOutcome {
    if let tls { return write(vectors: buffers, tls) }
    guard socket.canSend else { return socket.refusal }
    socket.forbidDelay()
    let descriptor = socket.descriptor
    var asked = 0
    let count = withUnsafeTemporaryAllocation(
      of: iovec.self, capacity: ByteStream.maximumVectors
    ) { vectors in
      var vectorCount = 0
      for buffer in buffers where !buffer.isEmpty && vectorCount < ByteStream.maximumVectors {
        asked += buffer.count
        // The buffers outlive the call and nothing moves their memory before it returns.
        vectors[vectorCount] = buffer.withReadableBytes {
          iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        vectorCount += 1
      }
      guard vectorCount > 0 else { return 0 }
      return retryingInterruptions {
        linux_send_vectors(descriptor, vectors.baseAddress, vectorCount)
      }
    }
    consume(count, from: buffers)
    return socket.outcome(count, of: asked)
  }

  /// Sends a part of a file and moves the offset past what was taken.
  ///
  /// `.bytes(0)` means that the file ends before the offset.
  public func sendFile(_ file: CInt, offset: inout Int, count: Int) -> WriteOutcome {
    if let tls { return sendFile(file, &offset, count, tls) }
    guard socket.canSend else { return socket.refusal }
    socket.forbidDelay()
    var position = off_t(offset)
    let descriptor = socket.descriptor
    let sent = retryingInterruptions { sendfile(descriptor, file, &position, count) }
    offset = Int(position)
    // A short count may mean the end of the file, so it says nothing about the socket.
    return socket.outcome(sent, of: max(0, sent))
  }

  func consume(_ count: Int, from buffers: [ByteBuffer]) {
    var rest = count
    for buffer in buffers where rest > 0 {
      let part = min(rest, buffer.count)
      buffer.consume(part)
      rest -= part
    }
  }

  // MARK: - Closing

  /// Tells the peer that nothing more will be sent.
  public func shutdownWrite() {
    tls?.shutdown()
    socket.shutdownWrite()
  }

  /// Ends both directions; whoever serves the connection finds its end when it reads or writes.
  ///
  /// What was written before is still sent.
  public func cutOff() { socket.cutOff() }

  /// Whether ``cutOff()`` has been called: failures of the connection are its own then.
  public var isCutOff: Bool { socket.isCutOff }

  /// Closes the connection; a second call does nothing.
  ///
  /// - Parameter sendTimeout: How long the peer may take nothing of what was written before and is
  ///   still to be sent, in milliseconds; with 0, that is forgotten.
  public func close(sendTimeout: Milliseconds = LingeringSend.standardTimeout) {
    tls?.shutdown()
    socket.close(sendTimeout: sendTimeout)
  }

  /// Closes the connection so that the kernel resets it and forgets unsent bytes.
  public func reset() {
    socket.discardUnsent()
    linux_reset_on_close(socket.descriptor)
    socket.close()
  }

  // MARK: - Addresses

  /// The peer's address; nil where the connection is gone and it was never asked for.
  public var peerAddress: SocketAddress? {
    get {
      if cachedPeer == nil { cachedPeer = address(linux_peer) }
      return cachedPeer
    }
    set { cachedPeer = newValue }
  }

  /// The address that the peer connected to, or that was chosen for connecting.
  public var localAddress: SocketAddress? {
    if cachedLocal == nil { cachedLocal = address(linux_local) }
    return cachedLocal
  }

  private func address(
    _ call: (CInt, UnsafeMutablePointer<sockaddr_storage>?, UnsafeMutablePointer<socklen_t>?) ->
      CInt
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(0)
    guard call(socket.descriptor, &storage, &length) == 0 else { return nil }
    return SocketAddress(storage, length: length)
  }
}

/// Repeats a system call that a signal interrupted.
@inline(__always)
func retryingInterruptions(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result >= 0 || linux_errno() != EINTR { return result }
  }
}
