public import Bytes
import CLinux
import CBoringSSL

/// One connection's TLS state (`SSL`), over a BIO that uses the readiness flags of a socket.
///
/// Many connections are silent for hours, so what only a handshake needs goes when it is over.
///
/// Confined to the loop of its socket.
public final class TLSSession: @unchecked Sendable {
  /// What came of an attempt to shake hands.
  public enum HandshakeOutcome: Equatable, Sendable {
    case done, wouldBlock
    /// The peer closed the connection, or reset it.
    case closed
    /// The library's reason, in nginx's words.
    case failed(String)
  }

  /// The context in use; a server's may change with the name that the client asks for.
  public internal(set) var context: TLSContext

  /// Called with what a client may resume, as often as the server gives it out: with TLS 1.3 after
  /// the handshake.
  public var newResumption: ((TLSResumption) -> Void)?

  /// Whether the handshake is complete.
  public private(set) var isEstablished = false

  /// Why the library gave up after the handshake, in nginx's words, for this attempt and all later
  /// ones; nil where it did not, as where the socket failed.
  private(set) var failure: String?

  /// What later attempts fail with; 0 where nothing has failed.
  private var failureCode: CInt = 0
  private var isWaitingForSocket = false

  /// Whether what is written is the last.
  private var isShuttingDown = false

  /// What is received ahead of the library's demand, in bytes: enough for small records.
  private static let aheadSize = 4_096

  /// The most that one record carries (RFC 8446, section 5.1).
  static let recordSize = 16_384

  /// Whether the record that is being written is followed by another one at once.
  ///
  /// A packet for each record would wake the peer for each of them.
  private var isRecordFollowed = false
  private var socketError: CInt = 0

  let handle: OpaquePointer
  private let socket: Socket

  /// What ``handle`` reads from and writes to, which the sessions of the loop share.
  private let bio: OpaquePointer

  /// The name that the client asks for, while the context for it is chosen: the library does not
  /// know it before.
  var announcedName: ByteString?

  /// What the client said that it can; nil on the client's side.
  var offer: TLSOffer?

  /// What was received and the library has not asked for yet; nil where there is nothing.
  private var received: ByteBuffer?

  /// - Parameters:
  ///   - received: What was read from the socket before; nil where nothing was.
  ///   - serverName: The name that a client asks for; nil sends none.
  /// - Throws: What made the library refuse to start a session.
  public init(
    _ context: TLSContext, socket: Socket, received: ByteBuffer? = nil,
    serverName: ByteString? = nil
  ) throws(TLSError) {
    guard let handle = SSL_new(context.handle) else { throw .taking("SSL_new() failed") }
    guard let bio = socket.loop.socketBIO?.handle, BIO_up_ref(bio) == 1 else {
      SSL_free(handle)
      throw .taking("BIO_new() failed")
    }
    self.context = context
    self.socket = socket
    self.received = received
    self.handle = handle
    self.bio = bio
    SSL_set_bio(handle, bio, bio)
    // What only a handshake needs goes when it is over.
    SSL_set_shed_handshake_config(handle, 1)
    switch context.side {
    case .server: SSL_set_accept_state(handle)
    case .client: SSL_set_connect_state(handle)
    }
    if let serverName, tls_set_server_name(handle, serverName.string) != 1 {
      throw .taking("SSL_set_tlsext_host_name(\"\(serverName)\") failed")
    }
  }

  deinit { SSL_free(handle) }

  // MARK: - Attempts

  /// Goes on with the handshake as far as the socket lets it.
  public func handshake() -> HandshakeOutcome {
    prepare()
    let result = SSL_do_handshake(handle)
    if result == 1 {
      isEstablished = true
      return .done
    }
    switch SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN, SSL_ERROR_SYSCALL:
      failureCode = EPROTO
      ERR_clear_error()
      return .closed
    default:
      failureCode = EPROTO
      return .failed("SSL_do_handshake() failed" + TLSError.takeErrors())
    }
  }

  /// Makes ready for a call of the library's that may read or write.
  private func prepare() {
    ERR_clear_error()
    socketError = 0
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Whether bytes were received that no read has returned yet.
  @usableFromInline var hasPending: Bool {
    received != nil || !isWaitingForSocket && SSL_has_pending(handle) == 1
  }

  func read(_ space: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    if failureCode != 0 { return .failed(failureCode) }
    prepare()
    let count = SSL_read(handle, space.baseAddress, CInt(clamping: space.count))
    isWaitingForSocket = false
    if count > 0 { return .bytes(Int(count)) }
    switch SSL_get_error(handle, count) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
      isWaitingForSocket = true
      return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .end
    case SSL_ERROR_SYSCALL:
      noteSocketFailure()
      return socketError == 0 ? .end : .failed(socketError)
    default: return .failed(giveUp("SSL_read"))
    }
  }

  /// Writes records until the socket is full.
  ///
  /// - Parameter isFollowed: Whether the caller writes more before it does anything else.
  func write(_ bytes: UnsafeRawBufferPointer, isFollowed: Bool = false) -> WriteOutcome {
    if failureCode != 0 { return .failed(failureCode) }
    var written = 0
    defer { isRecordFollowed = false }
    while written < bytes.count {
      prepare()
      isRecordFollowed = isFollowed || bytes.count - written > TLSSession.recordSize
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = SSL_write(handle, rest.baseAddress, CInt(clamping: rest.count))
      if count > 0 {
        written += Int(count)
        continue
      }
      switch SSL_get_error(handle, count) {
      case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
        return written > 0 ? .bytes(written) : .wouldBlock
      case SSL_ERROR_SYSCALL, SSL_ERROR_ZERO_RETURN:
        noteSocketFailure()
        return .failed(failureCode)
      default: return .failed(giveUp("SSL_write"))
      }
    }
    return .bytes(written)
  }

  /// Tells the peer that nothing more will be sent, without waiting for its answer.
  public func shutdown() {
    guard isEstablished, failureCode == 0, !socket.isClosed else { return }
    prepare()
    isShuttingDown = true
    SSL_shutdown(handle)
    isShuttingDown = false
    ERR_clear_error()
  }

  private func noteSocketFailure() { failureCode = socketError == 0 ? EPIPE : socketError }

  private func giveUp(_ call: String) -> CInt {
    failureCode = EPROTO
    failure = "\(call)() failed" + TLSError.takeErrors()
    return EPROTO
  }

  // MARK: - The socket

  fileprivate func receive(
    _ bio: OpaquePointer?, _ room: UnsafeMutablePointer<CChar>?, _ count: CInt
  ) -> CInt {
    tls_clear_retry(bio)
    let space = UnsafeMutableRawBufferPointer(start: room, count: Int(count))
    if let received { return take(received, space) }
    guard socket.isReadable else {
      return socket.isClosed ? 0 : foundNothing(bio)
    }
    return space.count < TLSSession.aheadSize ? receiveAhead(bio, space) : receive(bio, into: space)
  }

  /// Reads more than was asked for: the library asks for the head of a record, then for the rest.
  private func receiveAhead(_ bio: OpaquePointer?, _ space: UnsafeMutableRawBufferPointer) -> CInt {
    let ahead = socket.loop.buffers.take(TLSSession.aheadSize)
    let count = ahead.withWritableBytes(minimum: TLSSession.aheadSize) {
      Int(receive(bio, into: $0))
    }
    guard count > 0 else {
      socket.loop.buffers.give(ahead)
      return CInt(count)
    }
    received = ahead
    return take(ahead, space)
  }

  private func receive(_ bio: OpaquePointer?, into space: UnsafeMutableRawBufferPointer) -> CInt {
    let received = retryingInterruptions {
      linux_receive(socket.descriptor, space.baseAddress, space.count)
    }
    if received >= 0 {
      // As in ``ByteStream``: a short read drained the kernel, unless the end is known.
      if received > 0, received < space.count, !socket.isHungUp { socket.isReadable = false }
      return CInt(received)
    }
    let code = linux_errno()
    if code == EAGAIN {
      socket.isReadable = false
      return foundNothing(bio)
    }
    socketError = code
    return -1
  }

  /// Hands over the front of what was received before.
  private func take(_ received: ByteBuffer, _ room: UnsafeMutableRawBufferPointer) -> CInt {
    let count = min(room.count, received.count)
    received.withReadableBytes {
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
    received.consume(count)
    if received.isEmpty {
      self.received = nil
      socket.loop.buffers.give(received)
    }
    return CInt(count)
  }

  private func foundNothing(_ bio: OpaquePointer?) -> CInt {
    if case .failed(let code) = socket.absence { socketError = code } else { tls_retry_read(bio) }
    return -1
  }

  fileprivate func send(
    _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: CInt
  ) -> CInt {
    tls_clear_retry(bio)
    let record = UnsafeRawBufferPointer(start: bytes, count: Int(count))
    let outcome =
      isShuttingDown
      ? socket.sendLast(record) : socket.send(record, isFollowed: isRecordFollowed)
    switch outcome {
    case .bytes(let sent): return CInt(sent)
    case .wouldBlock: tls_retry_write(bio)
    case .failed(let code): socketError = code
    }
    return -1
  }
}

/// BoringSSL's view of the socket of the ``TLSSession`` that is at work.
///
/// The sessions of a loop share one: each call for one of them returns before the next begins, and
/// says first which session it is for. Confined to the loop.
final class SocketBIO {
  let handle: OpaquePointer

  init?() {
    guard let handle = BIO_new(SocketBIO.method) else { return nil }
    BIO_set_init(handle, 1)
    self.handle = handle
  }

  deinit { BIO_free(handle) }

  /// Unchecked: written once, before the first session, and only read then.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "apus socket")
    BIO_meth_set_read(method) { bio, room, count in
      guard let session = BIO_get_data(bio) else { return -1 }
      return Unmanaged<TLSSession>.fromOpaque(session).takeUnretainedValue()
        .receive(bio, room, count)
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      guard let session = BIO_get_data(bio) else { return -1 }
      return Unmanaged<TLSSession>.fromOpaque(session).takeUnretainedValue()
        .send(bio, bytes, count)
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      command == BIO_CTRL_FLUSH ? 1 : 0
    }
    return method
  }()
}
