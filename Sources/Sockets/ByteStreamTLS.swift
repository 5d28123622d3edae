public import Bytes
import CLinux

/// The TLS side of a stream.
///
/// BoringSSL wants an attempt that blocked to be repeated with the same bytes at the front, so
/// nothing is consumed before it was taken, and what is gathered is gathered again the same way.
extension ByteStream {
  /// How many records of a file one call sends, so that the caller can let others run.
  private static let maximumFileRecords = 4

  /// Makes the stream a TLS one; shake hands before anything else.
  ///
  /// - Parameters:
  ///   - received: What was read in the clear and belongs to the handshake; nil where nothing was.
  ///   - serverName: The name that a client asks for; nil sends none.
  public func startTLS(
    _ context: TLSContext, received: ByteBuffer? = nil, serverName: ByteString? = nil
  ) throws(StreamError) {
    do throws(TLSError) {
      tls = try TLSSession(context, socket: socket, received: received, serverName: serverName)
    } catch {
      throw .tls(error.description)
    }
  }

  /// Completes the handshake of either side; the waiter must be the stream's observer.
  ///
  /// - Parameter timeout: The longest span for all of it.
  public func handshake(waiter: Waiter, timeout: Milliseconds) async throws(StreamError) {
    guard let tls else { return }
    let deadline = loop.deadline(after: timeout)
    while true {
      switch tls.handshake() {
      case .done: return
      case .closed: throw .closed
      case .failed(let text): throw .tls(text)
      case .wouldBlock: try await ByteStream.pause(waiter, until: deadline)
      }
    }
  }

  func write(
    _ buffer: ByteBuffer, isFollowed: Bool = false, _ tls: TLSSession
  ) -> WriteOutcome {
    let outcome = buffer.withReadableBytes { tls.write($0, isFollowed: isFollowed) }
    if case .bytes(let count) = outcome { buffer.consume(count) }
    return outcome
  }

  func write(vectors buffers: [ByteBuffer], _ tls: TLSSession) -> WriteOutcome {
    var written = 0
    let total = buffers.reduce(0) { $0 + $1.count }
    while let first = buffers.first(where: { !$0.isEmpty }) {
      let left = total - written
      let outcome =
        first.count >= TLSSession.recordSize
        ? write(first, isFollowed: left > first.count, tls)
        : writeRecord(of: buffers, isFollowed: left > TLSSession.recordSize, tls)
      switch outcome {
      case .bytes(let count): written += count
      case .wouldBlock: return written > 0 ? .bytes(written) : .wouldBlock
      case .failed: return outcome
      }
      if !socket.isWritable { break }
    }
    return .bytes(written)
  }

  /// Gathers small buffers into one full record.
  private func writeRecord(
    of buffers: [ByteBuffer], isFollowed: Bool, _ tls: TLSSession
  ) -> WriteOutcome {
    let record = loop.buffers.take(TLSSession.recordSize)
    defer { loop.buffers.give(record) }
    for buffer in buffers where record.count < TLSSession.recordSize {
      let part = min(buffer.count, TLSSession.recordSize - record.count)
      record.append(buffer, in: 0..<part)
    }
    let outcome = record.withReadableBytes { tls.write($0, isFollowed: isFollowed) }
    if case .bytes(let count) = outcome { consume(count, from: buffers) }
    return outcome
  }

  func sendFile(
    _ file: CInt, _ offset: inout Int, _ count: Int, _ tls: TLSSession
  ) -> WriteOutcome {
    let record = loop.buffers.take(TLSSession.recordSize)
    defer { loop.buffers.give(record) }
    let count = min(count, ByteStream.maximumFileRecords * TLSSession.recordSize)
    var written = 0
    while written < count {
      record.clear()
      let wanted = min(count - written, TLSSession.recordSize)
      let position = off_t(offset)
      let found = record.withWritableBytes(minimum: wanted) { space in
        retryingInterruptions { pread(file, space.baseAddress, wanted, position) }
      }
      if found < 0 { return .failed(linux_errno()) }
      if found == 0 { break }
      let isFollowed = written + found < count
      switch record.withReadableBytes({ tls.write($0, isFollowed: isFollowed) }) {
      case .bytes(let sent):
        written += sent
        offset += sent
      case .wouldBlock: return written > 0 ? .bytes(written) : .wouldBlock
      case .failed(let code): return .failed(code)
      }
    }
    return .bytes(written)
  }
}
