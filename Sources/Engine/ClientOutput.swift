package import Bytes
import CLinux
import Sockets

/// What waits to be sent to a client: bytes and parts of files, in order.
///
/// Writing to it never blocks; whoever produces much looks at ``queuedByteCount`` and drains.
package final class ClientOutput {
  private enum Piece {
    case bytes(ByteBuffer)
    case file(FilePart)
  }

  /// What an attempt to send came to.
  package enum FlushOutcome: Equatable {
    case drained
    case wouldBlock

    /// Much was sent and more could be: let others run, then try again.
    case turnOver
    case failed(CInt)
  }

  private static let pieceSize = 16_384

  /// The largest part of a file that is copied, in bytes: one call more would cost as much.
  private static let largestCopy = 4_096

  private let stream: ByteStream
  private let buffers: BufferPool

  /// The bytes that go first; nil where a file does, or nothing waits.
  ///
  /// Most responses need no more.
  private var first = Place<ByteBuffer>()

  /// What follows.
  private var pieces: [Piece] = []

  /// The bytes that wait, files included.
  package private(set) var queuedByteCount = 0

  /// The bytes that the connection has taken in all.
  package private(set) var sentByteCount = 0

  /// What the output of a request that the program makes itself goes to; nil is the client.
  private let collector: OutputCollector?

  init(stream: ByteStream, collector: OutputCollector? = nil) {
    self.stream = stream
    self.collector = collector
    buffers = stream.loop.buffers
  }

  /// Whether nothing waits.
  package var isEmpty: Bool { queuedByteCount == 0 }

  // MARK: - Queueing

  /// Lets a closure append to the last buffer of the queue.
  ///
  /// - Parameter expected: About how many bytes will come, so that small ones share a buffer.
  package func write(expecting expected: Int, _ body: (ByteBuffer) -> Void) {
    func write(to buffer: ByteBuffer) {
      let before = buffer.count
      body(buffer)
      queuedByteCount += buffer.count - before
    }
    if pieces.isEmpty {
      if first.isEmpty { first.put(buffers.take(max(expected, 4096))) }
      let isWritten = first.withObject { buffer in
        guard buffer.room >= expected else { return false }
        write(to: buffer)
        return true
      }
      if isWritten ?? false { return }
    }
    write(to: tail(room: expected))
  }

  /// Copies bytes into the queue.
  package func append(_ other: ByteBuffer, in range: Range<Int>) {
    write(expecting: range.count) { $0.append(other, in: range) }
  }

  /// Takes a whole buffer into the queue, and gives it to the loop's pool when it is sent.
  package func append(taking buffer: ByteBuffer) {
    guard !buffer.isEmpty else { return buffers.give(buffer) }
    queuedByteCount += buffer.count
    if first.isEmpty, pieces.isEmpty { first.put(buffer) } else { pieces.append(.bytes(buffer)) }
  }

  /// Queues a part of a file, which the kernel sends; a small one is read, to go with the head.
  package func append(_ part: FilePart) {
    if part.count <= ClientOutput.largestCopy { copy(part) }
    guard part.count > 0 else { return }
    queuedByteCount += part.count
    pieces.append(.file(part))
  }

  /// Reads a part of a file into the queue; what cannot be read stays, and fails when it is sent.
  private func copy(_ part: FilePart) {
    while part.count > 0 {
      var isRead = false
      write(expecting: part.count) { isRead = part.read(into: $0) }
      if !isRead { return }
    }
  }

  /// The last buffer behind the first where it has room, or another.
  private func tail(room: Int) -> ByteBuffer {
    if case .bytes(let buffer)? = pieces.last, buffer.room >= room { return buffer }
    let buffer = buffers.take(max(room, ClientOutput.pieceSize))
    pieces.append(.bytes(buffer))
    return buffer
  }

  // MARK: - Sending

  /// Sends as much as the connection takes.
  package func flush() -> FlushOutcome {
    if let collector { return flush(into: collector) }
    var rounds = Rounds()
    while !isEmpty {
      if rounds.isTurnOver() { return .turnOver }
      switch pieces.isEmpty ? sendFirst() : sendPieces() {
      case .bytes(let count): sent(count)
      case .wouldBlock: return .wouldBlock
      case .failed(let code): return .failed(code)
      }
    }
    return .drained
  }

  /// Sends about so many bytes at most; a piece of memory is not split, so it may be a little more.
  ///
  /// - Returns: `.drained` where the limit was reached too.
  package func flush(atMost limit: Int) -> FlushOutcome {
    if let collector { return flush(into: collector) }
    var remaining = limit
    var rounds = Rounds()
    while remaining > 0, !isEmpty {
      if rounds.isTurnOver() { return .turnOver }
      switch sendNext(atMost: remaining) {
      case .bytes(let count):
        sent(count)
        remaining -= count
      case .wouldBlock: return .wouldBlock
      case .failed(let code): return .failed(code)
      }
    }
    return .drained
  }

  private func sendFirst() -> WriteOutcome {
    first.withObject { stream.write($0) } ?? .bytes(0)
  }

  /// Sends buffers together, or a part of a file.
  private func sendPieces() -> WriteOutcome {
    if first.isEmpty, case .file(let part)? = pieces.first { return send(part) }
    return sendBuffers()
  }

  private func sendNext(atMost limit: Int) -> WriteOutcome {
    if !first.isEmpty { return sendFirst() }
    switch pieces.first {
    case .bytes(let buffer): return stream.write(buffer)
    case .file(let part): return send(part, limit: limit)
    case nil: return .bytes(0)
    }
  }

  private func flush(into collector: OutputCollector) -> FlushOutcome {
    // What is given back must not be found again, whatever fails on the way.
    let taken = (first.take().map { [.bytes($0)] } ?? []) + pieces
    pieces = []
    for piece in taken {
      switch piece {
      case .bytes(let buffer):
        guard collector.take(buffer) else { return .failed(EFBIG) }
        buffers.give(buffer)
      case .file(let part):
        guard collector.take(part) else { return .failed(collector.isOverfull ? EFBIG : EIO) }
      }
    }
    sentByteCount += queuedByteCount
    queuedByteCount = 0
    return .drained
  }

  private func sendBuffers() -> WriteOutcome {
    var run: [ByteBuffer] = []
    first.withObject { run.append($0) }
    for piece in pieces.prefix(15) {
      guard case .bytes(let buffer) = piece else { break }
      run.append(buffer)
    }
    return stream.write(vectors: run)
  }

  private func send(_ part: FilePart, limit: Int = .max) -> WriteOutcome {
    let outcome = stream.sendFile(
      part.file.descriptor, offset: &part.offset, count: min(part.count, limit))
    guard case .bytes(let count) = outcome else { return outcome }
    // A file that was cut short cannot fill the length that was promised.
    if count == 0, part.count > 0 { return .failed(EIO) }
    part.count -= count
    return outcome
  }

  @inline(__always)
  private func sent(_ count: Int) {
    queuedByteCount -= count
    sentByteCount += count
    guard first.withObject(\.isEmpty) ?? true else { return }
    if let buffer = first.take() { buffers.give(buffer) }
    if pieces.isEmpty { return }
    var finished = 0
    for piece in pieces {
      switch piece {
      case .bytes(let buffer):
        guard buffer.isEmpty else { return drop(finished) }
        buffers.give(buffer)
      case .file(let part):
        guard part.count == 0 else { return drop(finished) }
      }
      finished += 1
    }
    drop(finished)
  }

  private func drop(_ count: Int) {
    if count > 0 { pieces.removeFirst(count) }
  }

  /// Forgets everything that waits.
  package func discard() {
    if let buffer = first.take() { buffers.give(buffer) }
    for case .bytes(let buffer) in pieces { buffers.give(buffer) }
    pieces = []
    queuedByteCount = 0
  }
}
