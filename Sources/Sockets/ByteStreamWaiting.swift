public import Bytes

/// Attempts repeated until they succeed; the waiter must be the stream's observer.
extension ByteStream {
  /// Appends at least one byte to a buffer.
  ///
  /// - Parameter timeout: The longest silence.
  /// - Returns: The number of bytes; 0 where the peer sends no more.
  public func readSome(
    into buffer: ByteBuffer, minimumRoom: Int = 1, waiter: Waiter, timeout: Milliseconds
  ) async throws(StreamError) -> Int {
    let deadline = loop.deadline(after: timeout)
    while true {
      switch read(into: buffer, minimumRoom: minimumRoom) {
      case .bytes(let count): return count
      case .end: return 0
      case .failed(let code): throw readFailure(code)
      case .wouldBlock: try await ByteStream.pause(waiter, until: deadline)
      }
    }
  }

  /// Sends and consumes a whole buffer.
  ///
  /// - Parameter timeout: The longest span between two successful writes.
  public func writeAll(
    _ buffer: ByteBuffer, waiter: Waiter, timeout: Milliseconds
  ) async throws(StreamError) {
    var deadline = loop.deadline(after: timeout)
    while !buffer.isEmpty {
      switch write(buffer) {
      case .bytes: deadline = loop.deadline(after: timeout)
      case .failed(let code): throw writeFailure(code)
      case .wouldBlock: try await ByteStream.pause(waiter, until: deadline)
      }
    }
  }

  /// Sleeps until there is news; throws where there is none in time.
  static func pause(
    _ waiter: Waiter, until deadline: Milliseconds
  ) async throws(StreamError) {
    switch await waiter.wait(until: deadline) {
    case .ready: return
    case .timedOut: throw .timedOut
    case .interrupted: throw .interrupted
    }
  }
}
