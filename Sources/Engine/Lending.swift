import Bytes
import Sockets
import Wire

// A call on one of an object's own `let`s counts no reference. A call further down a chain of
// `let`s counts the last one, since nobody holds the one before it meanwhile. So each object hands
// on what is asked of the next.

extension Exchange {
  /// Lends the loop that serves the connection.
  @inline(__always)
  func withServingLoop<Result>(_ body: (ServingLoop) -> Result) -> Result {
    connection.withServingLoop(body)
  }

  /// Lends what waits to be sent to the client.
  @inline(__always)
  func withOutput<Result>(_ body: (ClientOutput) -> Result) -> Result {
    connection.withOutput(body)
  }

  /// Appends the time of day as the field `Date` has it.
  func appendDate(to output: ByteBuffer) { connection.appendDate(to: output) }

  /// An empty buffer of the loop's pool, of at least a capacity in bytes.
  @inline(__always)
  func takeBuffer(_ capacity: Int) -> ByteBuffer { connection.takeBuffer(capacity) }

  /// Gives a buffer to the loop's pool; the giver must not touch it again.
  @inline(__always)
  func giveBuffer(_ buffer: consuming ByteBuffer) { connection.giveBuffer(buffer) }

  /// Lends the fields of the request.
  @inline(__always)
  func withRequestFields(_ body: (Fields) -> Void) { body(request.fields) }

  /// See ``Waiter/wait(until:)``.
  @inline(__always)
  func wait(until deadline: Milliseconds) async -> WaitOutcome {
    await connection.wait(until: deadline)
  }

  /// See ``ClientConnection/sleep(until:for:)``.
  @inline(__always)
  func sleep(until deadline: Milliseconds, for answer: AwaitedAnswer) -> WaitOutcome? {
    connection.sleep(until: deadline, for: answer)
  }

  /// Appends bytes of the request's head.
  @inline(__always)
  func appendOfHead(_ range: Range<Int>, to output: ByteBuffer) {
    request.fields.appendBytes(range, to: output)
  }
}

extension Fields {
  @inline(__always)
  fileprivate func appendBytes(_ range: Range<Int>, to output: ByteBuffer) {
    output.append(buffer, in: range)
  }
}

extension ClientConnection {
  /// Milliseconds since 1970.
  var timeOfDay: UInt64 { loop.timeOfDay }

  /// See ``ServingLoop/takeResponse()``.
  func takeResponse() -> Response { servingLoop.takeResponse() }

  fileprivate func appendDate(to output: ByteBuffer) { loop.appendDate(to: output) }

  @inline(__always)
  fileprivate func withOutput<Result>(_ body: (ClientOutput) -> Result) -> Result { body(output) }

  @inline(__always)
  fileprivate func withServingLoop<Result>(_ body: (ServingLoop) -> Result) -> Result {
    body(servingLoop)
  }

  /// An empty buffer of the loop's pool, of at least a capacity in bytes.
  @inline(__always)
  func takeBuffer(_ capacity: Int) -> ByteBuffer { loop.takeBuffer(capacity) }

  @inline(__always)
  fileprivate func wait(until deadline: Milliseconds) async -> WaitOutcome {
    await waiter.wait(until: deadline)
  }

  /// Gives a buffer to the loop's pool; the giver must not touch it again.
  @inline(__always)
  func giveBuffer(_ buffer: consuming ByteBuffer) { loop.giveBuffer(buffer) }
}

extension EventLoop {
  fileprivate var timeOfDay: UInt64 { clock.milliseconds }

  fileprivate func appendDate(to output: ByteBuffer) { clock.appendHTTPDate(to: output) }

  @inline(__always)
  fileprivate func takeBuffer(_ capacity: Int) -> ByteBuffer { buffers.take(capacity) }

  @inline(__always)
  fileprivate func giveBuffer(_ buffer: consuming ByteBuffer) { buffers.give(buffer) }
}
