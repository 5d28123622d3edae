import Bytes
import CLinux
import Engine
import Sockets

/// A worker as its supervisor sees it: a process of its own, or this one with `master_process off`.
///
/// Confined to the supervisor's loop.
final class WorkerHandle {
  enum State {
    /// It has been told what to serve, and has not answered yet.
    case starting
    case serving
    /// It takes no more connections.
    case leaving
  }

  /// nil where the worker is a part of this process.
  let process: pid_t?

  /// What the process has been started with and cannot change; see ``ServingPlan/processFacts``.
  let facts: [ByteString]

  /// When the worker was started, in the loop's time.
  let startTime: Milliseconds

  var state = State.starting
  private let sender: (Message) throws(SystemError) -> Void
  private var watch: Watch?

  /// How many configurations it has been told to serve and has not reported on.
  private var reportsDue = 0

  private init(
    process: pid_t?, facts: [ByteString], startTime: Milliseconds,
    sender: @escaping (Message) throws(SystemError) -> Void
  ) {
    self.process = process
    self.facts = facts
    self.startTime = startTime
    self.sender = sender
  }

  /// Starts a process.
  ///
  /// - Parameter heard: Told of each report of the worker's.
  static func start(
    program: String, facts: [ByteString], on loop: EventLoop,
    heard: @escaping (WorkerHandle, Result<ServeReport, ChannelError>) -> Void
  ) throws(SystemError) -> WorkerHandle {
    let (process, channel) = try ProcessRole.worker.start(program: program)
    let handle = WorkerHandle(process: process, facts: facts, startTime: loop.now) {
      (message) throws(SystemError) in try channel.send(message)
    }
    handle.watch = try Watch(channel.descriptor.number, on: loop, reads: true, writes: false) {
      [unowned handle] _, _ in handle.receive(channel, on: loop, heard)
    }
    return handle
  }

  /// Makes a worker of this process.
  static func local(_ service: WorkerService, facts: [ByteString], on loop: EventLoop)
    -> WorkerHandle
  {
    WorkerHandle(process: nil, facts: facts, startTime: loop.now) {
      (message) throws(SystemError) in
      do throws(ProtocolError) {
        try service.receive(message)
      } catch {
        throw SystemError(call: error.reason, code: EPROTO)
      }
    }
  }

  private func receive(
    _ channel: Channel, on loop: EventLoop,
    _ heard: (WorkerHandle, Result<ServeReport, ChannelError>) -> Void
  ) {
    // What is heard may be the last of it; its watch, which calls, goes when the batch is done.
    loop.afterBatch { withExtendedLifetime(self) {} }
    do throws(ChannelError) {
      while true {
        switch try channel.receiveAvailable() {
        case .message(let message): heard(self, .success(try report(message)))
        case .bereft: throw ChannelError.malformed(ProtocolError("descriptors from a worker"))
        case .wouldBlock: return
        case .end:
          // The end of the process is told by a signal.
          watch?.stop()
          return
        }
      }
    } catch {
      watch?.stop()
      heard(self, .failure(error))
    }
  }

  /// A worker's only word is one report on each configuration, whatever else it may try.
  private func report(_ message: Message) throws(ChannelError) -> ServeReport {
    do throws(ProtocolError) {
      guard reportsDue > 0 else { throw ProtocolError("a report that nobody waits for") }
      reportsDue -= 1
      return try message.read(ServeReport.self)
    } catch {
      throw .malformed(error)
    }
  }

  func send(_ message: Message) throws(SystemError) {
    if message.kind == .serve { reportsDue += 1 }
    try sender(message)
  }

  /// Ends the process whatever it does.
  func kill() {
    if let process { CLinux.kill(process, SIGKILL) }
  }
}
