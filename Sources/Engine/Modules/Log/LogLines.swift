import Bytes
package import Sockets

/// How the lines of one log are collected; see the parameters `buffer` and `flush` of `access_log`.
package struct LogBuffering: Sendable, Equatable {
  /// In bytes.
  package var size: Int

  /// How long a line may wait, in milliseconds; nil without limit.
  package var flush: Milliseconds?

  /// How hard lines are compressed, from 1 to 9; nil where they are not.
  package var gzipLevel: Int?

  /// The size of the buffer of a log that is compressed, unless it has its own.
  static let sizeOfCompressed = 65_536

  package init(size: Int, flush: Milliseconds?, gzipLevel: Int? = nil) {
    self.size = size
    self.flush = flush
    self.gzipLevel = gzipLevel
  }
}

/// The lines of one loop that wait to be written together, by log.
///
/// Lines of a log with a buffer wait for that to be full; all others for the end of the loop's
/// batch of events, before anything that the batch has postponed is sent, where the answer is among
/// that: a client that has its answer finds the line in the log.
///
/// Confined to one loop. Whoever ends a loop, or opens log files anew, flushes first.
final class LogLines {
  private final class Waiting {
    let target: LogTarget
    let lines: ByteBuffer
    private let gzipLevel: Int?
    private let failed: (LogTarget, CInt) -> Void
    var timer: Timer?

    init(
      _ target: LogTarget, _ buffering: LogBuffering, failed: @escaping (LogTarget, CInt) -> Void
    ) {
      self.target = target
      gzipLevel = buffering.gzipLevel
      lines = ByteBuffer(capacity: buffering.size)
      self.failed = failed
    }

    func flush() {
      timer?.cancel()
      write(lines)
      lines.clear()
    }

    /// Writes lines, compressed where the log is: gzip may be continued by more of it.
    func write(_ lines: ByteBuffer) {
      guard !lines.isEmpty else { return }
      var output = lines
      if let gzipLevel {
        guard let compressed = Compressor.compressed(lines, level: gzipLevel) else { return }
        output = compressed
      }
      let code = target.write(output)
      if code != 0 { failed(target, code) }
    }
  }

  /// Told of a log whose lines could not be written, once until they can; with the `errno`.
  var failed: (LogTarget, CInt) -> Void = { _, _ in }

  // A configuration has few logs; searching them costs less than hashing.
  private var waiting: [Waiting] = []

  /// The lines of this batch of events.
  private var batch: [(target: LogTarget, lines: ByteBuffer)] = []

  /// How many bytes of a batch are written together: what a pipe takes in one piece (PIPE_BUF).
  private static let maximumBatchBytes = 4_096

  /// Keeps a line back, or writes it where it is longer than the buffer.
  func append(
    _ line: ByteBuffer, to target: LogTarget, _ buffering: LogBuffering, on loop: EventLoop
  ) {
    let waiting = waiting(for: target, buffering, on: loop)
    if waiting.lines.count + line.count > buffering.size { waiting.flush() }
    guard line.count <= buffering.size else { return waiting.write(line) }
    if waiting.lines.isEmpty, let flush = buffering.flush {
      waiting.timer?.set(loop.deadline(after: flush))
    }
    waiting.lines.append(line, in: 0..<line.count)
  }

  /// Keeps a line back until the loop's batch of events ends.
  func append(_ line: ByteBuffer, to target: LogTarget, on loop: EventLoop) {
    if batch.isEmpty { loop.afterBatch { [unowned self] in endBatch(on: loop) } }
    let lines = batchLines(for: target, on: loop)
    if lines.count + line.count > LogLines.maximumBatchBytes { write(lines, to: target) }
    lines.append(line, in: 0..<line.count)
  }

  private func batchLines(for target: LogTarget, on loop: EventLoop) -> ByteBuffer {
    for index in batch.indices where batch[index].target === target { return batch[index].lines }
    let lines = loop.buffers.take(LogLines.maximumBatchBytes)
    batch.append((target, lines))
    return lines
  }

  private func endBatch(on loop: EventLoop) {
    flushBatch()
    for (_, lines) in batch { loop.buffers.give(lines) }
    batch.removeAll(keepingCapacity: true)
  }

  private func write(_ lines: ByteBuffer, to target: LogTarget) {
    let code = target.write(lines)
    lines.clear()
    if code != 0 { failed(target, code) }
  }

  private func waiting(
    for target: LogTarget, _ buffering: LogBuffering, on loop: EventLoop
  ) -> Waiting {
    for one in waiting where one.target === target { return one }
    let new = Waiting(target, buffering) { [unowned self] in failed($0, $1) }
    if buffering.flush != nil {
      new.timer = Timer(on: loop.timers) { [unowned new] in new.flush() }
    }
    waiting.append(new)
    return new
  }

  /// Writes everything, and forgets the logs.
  func flushAll() {
    for one in waiting { one.flush() }
    waiting = []
    flushBatch()
  }

  /// Writes the lines of this batch of events that have come so far.
  func flushBatch() {
    for (target, lines) in batch { write(lines, to: target) }
  }
}
