import Bytes
import Sockets

/// Two joined connections, between which bytes travel both ways.
///
/// The loop drives it directly: no task, and a buffer only while bytes are on their way. Half of it
/// may be closed: the end of one side's bytes travels to the other side, which may go on.
///
/// Who owns it keeps it until ``ended()``, where both connections must be closed.
class Relay: TimedObject, ReadinessObserver {
  /// One direction.
  struct Direction {
    fileprivate let source: ByteStream
    let target: ByteStream
    fileprivate var buffer: ByteBuffer?

    /// How many bytes the target has been sent.
    fileprivate(set) var byteCount = 0

    /// How many bytes have come from the source, and when the first of them did.
    fileprivate(set) var receivedCount = 0
    fileprivate(set) var firstTime: Milliseconds?

    /// Whether the source has sent its last byte.
    fileprivate(set) var hasEnded = false

    /// Whether nothing more can come out of it.
    fileprivate var isShut = false
  }

  /// Whether bytes may travel.
  enum Readiness {
    case ready, waiting, turnOver, failed
  }

  /// How many buffers one direction moves before others have their turn.
  private static let maximumRounds = 16

  /// The most that is on its way, however much a configuration allows, in bytes.
  private static let largestBuffer = 16 << 20

  private(set) var toUpstream: Direction
  private(set) var toClient: Direction

  /// The loop of both connections; it outlives them.
  let loop: EventLoop
  private let timeout: Milliseconds
  private let bufferSize: Int
  private let isHalfClosable: Bool
  private var shutCount: UInt8 = 0
  private var isFinished = false
  private var isScheduled = false

  /// What failed first, kept until neither direction is at work.
  private var failure: (error: StreamError, stream: ByteStream)?

  /// - Parameters:
  ///   - toUpstream: What goes to the upstream server first; nil for nothing.
  ///   - toClient: What goes to the client first; nil for nothing.
  ///   - timeout: How long nothing may travel.
  ///   - bufferSize: How many bytes of a direction are on their way at most.
  ///   - isHalfClosable: Whether one side may go on when the other one has ended.
  init(
    client: ByteStream, upstream: ByteStream, toUpstream: ByteBuffer?, toClient: ByteBuffer?,
    timeout: Milliseconds, bufferSize: Int = 16_384, isHalfClosable: Bool = true
  ) {
    self.toUpstream = Direction(source: client, target: upstream, buffer: toUpstream)
    self.toClient = Direction(source: upstream, target: client, buffer: toClient)
    loop = client.loop
    self.timeout = timeout
    self.bufferSize = min(bufferSize, Relay.largestBuffer)
    self.isHalfClosable = isHalfClosable
    super.init(on: client.loop.timers)
  }

  // MARK: - What differs

  /// Whether bytes may travel; asked each time that there is news.
  func prepare() -> Readiness { .ready }

  /// Called when nothing has travelled for too long, before ``ended()``.
  func timedOut() {}

  /// Called when one of the connections has failed that had not ended, before ``ended()``.
  ///
  /// - Parameter level: How much the log should make of it: clients fail all the time.
  func failed(_ error: StreamError, _ level: LogLevel) {}

  /// Called once, when nothing more will travel.
  func ended() {}

  // MARK: - Driving

  /// Takes over both connections.
  func start() {
    toUpstream.source.observer = self
    toClient.source.observer = self
    // At once: a client that takes nothing of what is sent first is silent too.
    waitForBytes()
    readinessChanged()
  }

  private func waitForBytes() { setDeadline(loop.deadline(after: timeout)) }

  override func deadlinePassed() {
    timedOut()
    finish()
  }

  func readinessChanged() {
    guard !isFinished else { return }
    switch prepare() {
    case .ready: break
    case .waiting: return
    case .turnOver: return goOnLater()
    case .failed: return finish()
    }
    let moved = pump(&toUpstream)
    let alsoMoved = pump(&toClient)
    guard let moved, let alsoMoved else {
      report()
      return finish()
    }
    if shutCount == 2 || (shutCount == 1 && !isHalfClosable) { return finish() }
    if moved || alsoMoved { waitForBytes() }
  }

  /// Moves what can be moved.
  ///
  /// - Returns: Whether anything moved; nil where the connection failed.
  private func pump(_ direction: inout Direction) -> Bool? {
    var moved = false
    for _ in 0..<Relay.maximumRounds {
      if let buffer = direction.buffer, !buffer.isEmpty {
        switch direction.target.write(buffer) {
        case .bytes(let count):
          direction.byteCount += count
          moved = true
          continue
        case .wouldBlock: return moved
        case .failed(let code):
          note(direction.target.writeFailure(code), of: direction.target)
          return nil
        }
      }
      if direction.hasEnded {
        shut(&direction)
        return moved
      }
      guard direction.source.isReadyToRead else {
        giveBuffer(of: &direction)
        return moved
      }
      guard let got = read(&direction) else { return nil }
      if !got { return moved }
      moved = true
    }
    goOnLater()
    return moved
  }

  /// - Returns: false where nothing is there; nil where the connection failed.
  private func read(_ direction: inout Direction) -> Bool? {
    let buffer = direction.buffer ?? loop.buffers.take(bufferSize)
    direction.buffer = buffer
    switch direction.source.read(into: buffer, minimumRoom: bufferSize) {
    case .bytes(let count):
      if direction.firstTime == nil { direction.firstTime = loop.now }
      direction.receivedCount += count
      return true
    case .wouldBlock:
      giveBuffer(of: &direction)
      return false
    case .end:
      direction.hasEnded = true
      return true
    case .failed(let code):
      note(direction.source.readFailure(code), of: direction.source)
      return nil
    }
  }

  private func note(_ error: StreamError, of stream: ByteStream) {
    if failure == nil { failure = (error, stream) }
  }

  /// Tells of a failure; who has ended, or was made to, need not take anything any more.
  private func report() {
    guard let (error, stream) = failure.take(), !stream.isCutOff else { return }
    let isClient = stream === toUpstream.source
    let hasEnded = isClient ? toUpstream.hasEnded : toClient.hasEnded
    if !hasEnded { failed(error, isClient ? .info : .error) }
  }

  private func giveBuffer(of direction: inout Direction) {
    if let buffer = direction.buffer.take() { loop.buffers.give(buffer) }
  }

  private func shut(_ direction: inout Direction) {
    giveBuffer(of: &direction)
    guard !direction.isShut else { return }
    direction.isShut = true
    shutCount += 1
    // After the last end both connections are closed at once, which tells the peer as well.
    if shutCount == 1, isHalfClosable { direction.target.shutdownWrite() }
  }

  /// Lets other connections have their turn; edges come only once, so nobody else will call.
  private func goOnLater() {
    guard !isScheduled else { return }
    isScheduled = true
    loop.afterBatch { [self] in
      isScheduled = false
      readinessChanged()
    }
  }

  /// Ends it at once; a second call does nothing.
  func finish() {
    guard !isFinished else { return }
    isFinished = true
    cancelDeadline()
    // The caller may be its own socket or timer; both go when the batch is done.
    loop.afterBatch { withExtendedLifetime(self) {} }
    giveBuffer(of: &toUpstream)
    giveBuffer(of: &toClient)
    ended()
  }
}
