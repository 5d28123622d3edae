import Bytes
import Sockets

// A call on one of an object's own `let`s counts no reference. A call further down a chain of `let`s
// counts the last one, since nobody in between holds the one before it. So each object hands on
// what is asked of the next.

extension Exchange {
  /// Lends the loop that serves the connection.
  @inline(__always)
  func withServingLoop<Result>(_ body: (ServingLoop) -> Result) -> Result {
    connection.withServingLoop(body)
  }

  /// An empty buffer of the loop's pool, of at least a capacity in bytes.
  @inline(__always)
  func takeBuffer(_ capacity: Int) -> ByteBuffer { connection.takeBuffer(capacity) }

  /// Gives a buffer to the loop's pool; the giver must not touch it again.
  @inline(__always)
  func giveBuffer(_ buffer: consuming ByteBuffer) { connection.giveBuffer(buffer) }
}

extension ClientConnection {
  @inline(__always)
  fileprivate func withServingLoop<Result>(_ body: (ServingLoop) -> Result) -> Result {
    body(servingLoop)
  }

  @inline(__always)
  fileprivate func takeBuffer(_ capacity: Int) -> ByteBuffer { loop.takeBuffer(capacity) }

  @inline(__always)
  fileprivate func giveBuffer(_ buffer: consuming ByteBuffer) { loop.giveBuffer(buffer) }
}

extension EventLoop {
  @inline(__always)
  fileprivate func takeBuffer(_ capacity: Int) -> ByteBuffer { buffers.take(capacity) }

  @inline(__always)
  fileprivate func giveBuffer(_ buffer: consuming ByteBuffer) { buffers.give(buffer) }
}
