import Bytes
import CLinux
import Sockets
import Wire

/// What the requests of a loop have left for those behind them: lists of field lines, responses and
/// paths.
///
/// It keeps as much as was in use at the same time, so that requests allocate little however many
/// are under way; what has not been needed for a while is freed. Confined to the loop, as the
/// unchecked conformance relies on.
final class IdleMemory: @unchecked Sendable {
  /// How many objects of a kind are kept though nobody needs them.
  private static let smallCount = 64

  /// How often is looked for what has not been needed since, in milliseconds.
  private static let patience: Milliseconds = 10_000

  private static let largestPath = 512

  /// Field lines with buffers of up to 4 KiB, and with larger ones of up to 16 KiB.
  private var fields = IdleList<Fields>()
  private var largeFields = IdleList<Fields>()
  private var responses = IdleList<Response>()
  private var paths = IdleStack<ByteString>()
  private let buffers: BufferPool
  private let loop: EventLoop
  private var timer: Timer?

  init(on loop: EventLoop) {
    self.loop = loop
    buffers = loop.buffers
  }

  // MARK: - Field lines

  /// A list of field lines without any, for a head that is read into its buffer; to be given back.
  func takeFields() -> Fields { fields.take() ?? Fields(buffer: ByteBuffer(capacity: 1024)) }

  /// A list of field lines without any, for a head that begins in a buffer; to be given back.
  ///
  /// The bytes move into the list's own buffer, where the rest of the head must go, too: the other
  /// one gets its memory, and is empty.
  func takeFields(for head: ByteBuffer) -> Fields {
    let fields = largeFields.take() ?? Fields(buffer: ByteBuffer(capacity: 1))
    fields.buffer.swapBytes(with: head)
    return fields
  }

  /// Takes the fields of a head back, and the buffer; the giver must touch neither again.
  func giveBack(_ given: consuming Fields) {
    given.removeAll()
    switch given.buffer.capacity {
    case ...4_096:
      fields.give(given)
      watch(fields.count)
    case ...16_384:
      largeFields.give(given)
      watch(largeFields.count)
    default: buffers.give(given.buffer)
    }
  }

  // MARK: - Responses and paths

  /// An empty response; to be given back when it has been sent.
  func takeResponse() -> Response {
    responses.take() ?? Response(fields: Fields(buffer: buffers.take(1024)))
  }

  /// Takes a response back; the giver must not touch it again.
  func giveBack(_ response: consuming Response) {
    guard response.fields.buffer.capacity <= 4_096 else {
      return buffers.give(response.fields.buffer)
    }
    response.reset()
    responses.give(response)
    watch(responses.count)
  }

  /// Any path, to be replaced by another one.
  func takePath() -> ByteString { paths.take() ?? ByteString() }

  /// Takes a path back; it should be the giver's alone.
  func giveBack(path: consuming ByteString) {
    guard !path.isEmpty, path.count <= IdleMemory.largestPath else { return }
    paths.give(path)
    watch(paths.count)
  }

  // MARK: - Surplus

  /// Sees to it that what is not needed will be freed.
  @inline(__always)
  private func watch(_ count: Int) {
    if count > IdleMemory.smallCount { watch() }
  }

  private func watch() {
    let timer = timer ?? Timer(on: loop.timers) { [unowned self] in releaseSurplus() }
    self.timer = timer
    if !timer.isSet { timer.set(loop.deadline(after: IdleMemory.patience)) }
  }

  /// Frees what has not been needed since the last time.
  func releaseSurplus() {
    let count = largestCount
    fields.releaseSurplus(but: IdleMemory.smallCount)
    largeFields.releaseSurplus(but: IdleMemory.smallCount)
    responses.releaseSurplus(but: IdleMemory.smallCount)
    paths.releaseSurplus(but: IdleMemory.smallCount)
    buffers.releaseSurplus(but: IdleMemory.smallCount)
    if largestCount < count { linux_trim_memory() }
    watch(largestCount)
  }

  private var largestCount: Int {
    max(fields.count, largeFields.count, responses.count, paths.count)
  }

  /// Frees everything.
  func drain() {
    buffers.drain()
    fields.removeAll()
    largeFields.removeAll()
    responses.removeAll()
    paths.removeAll()
    linux_trim_memory()
  }
}

extension ServingLoop {
  /// See ``IdleMemory/takeFields()``.
  func takeFields() -> Fields { idleMemory.takeFields() }

  /// See ``IdleMemory/takeFields(for:)``.
  func takeFields(for head: ByteBuffer) -> Fields { idleMemory.takeFields(for: head) }

  /// See ``IdleMemory/giveBack(_:)``.
  func giveBack(_ fields: consuming Fields) { idleMemory.giveBack(fields) }

  /// See ``IdleMemory/takeResponse()``.
  func takeResponse() -> Response { idleMemory.takeResponse() }

  /// See ``IdleMemory/giveBack(_:)``.
  func giveBack(_ response: consuming Response) { idleMemory.giveBack(response) }

  /// See ``IdleMemory/takePath()``.
  func takePath() -> ByteString { idleMemory.takePath() }

  /// See ``IdleMemory/giveBack(path:)``.
  func giveBack(path: consuming ByteString) { idleMemory.giveBack(path: path) }
}
