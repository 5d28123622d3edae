import CLinux
import Sockets

/// The checking of a configuration by a process of its own.
///
/// Confined to its loop.
final class Checker {
  /// What came of it: what was found, and the bundle where nothing is wrong.
  struct Outcome {
    let report: CheckReport
    let bundle: Descriptor?
  }

  let process: pid_t
  private let channel: Channel
  private unowned(unsafe) var loop: EventLoop?
  private var watch: Watch?

  /// Starts a process that checks.
  init(_ source: ConfigurationSource) throws(SystemError) {
    (process, channel) = try ProcessRole.checker.start(program: source.program)
    try channel.send(Message(CheckOrder(source: source)))
  }

  /// Waits for the outcome.
  func wait() throws(StartupError) -> Outcome {
    defer {
      var status: CInt = 0
      _ = waitpid(process, &status, 0)
    }
    do {
      guard let message = try channel.receive() else { throw Checker.silence }
      return try Checker.outcome(message)
    } catch {
      throw (error as? StartupError) ?? StartupError("\(error)")
    }
  }

  /// Reports the outcome when it is there.
  func report(
    on loop: EventLoop, to body: @escaping (Result<Outcome, StartupError>) -> Void
  ) throws(SystemError) {
    self.loop = loop
    watch = try Watch(channel.descriptor.number, on: loop, reads: true, writes: false) {
      [unowned self] _, _ in
      do throws(StartupError) {
        guard let outcome = try attempt() else { return }
        finish(.success(outcome), body)
      } catch {
        finish(.failure(error), body)
      }
    }
  }

  private func finish(
    _ result: Result<Outcome, StartupError>,
    _ body: (Result<Outcome, StartupError>) -> Void
  ) {
    watch?.stop()
    // The caller is the watch itself; it goes when the batch is done.
    loop?.afterBatch { withExtendedLifetime(self) {} }
    body(result)
  }

  private func attempt() throws(StartupError) -> Outcome? {
    do {
      switch try channel.receiveAvailable() {
      case .message(let message): return try Checker.outcome(message)
      case .wouldBlock: return nil
      case .end: throw Checker.silence
      }
    } catch {
      throw (error as? StartupError) ?? StartupError("\(error)")
    }
  }

  private static let silence = StartupError(
    "the process that checks the configuration ended without a word")

  private static func outcome(_ message: Message) throws(ProtocolError) -> Outcome {
    let report = try message.read(CheckReport.self)
    guard message.descriptors.count == (report.plan == nil ? 0 : 1) else {
      throw ProtocolError("not the descriptors that a report needs")
    }
    return Outcome(report: report, bundle: message.descriptors.first)
  }
}
