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
  private var report: ((Result<Outcome, StartupError>) -> Void)?

  /// How the process ended, once that has been heard.
  private var end: ProcessEnd?

  /// Whether the process has closed its end of the channel without an answer.
  private var isSilent = false

  /// Starts a process that checks.
  init(_ source: ConfigurationSource) throws(StartupError) {
    do throws(SystemError) {
      (process, channel) = try ProcessRole.checker.start(program: source.program)
    } catch {
      throw StartupError("could not start the process that checks the configuration: \(error)")
    }
    do throws(SystemError) {
      try channel.send(Message(CheckOrder(source: source)))
    } catch {
      // Whoever waits for the answer hears how the process ended.
      if error.code != EPIPE { kill(process, SIGKILL) }
    }
  }

  /// Waits for the outcome, for so long at most, and for the end of the process.
  func wait(for span: Milliseconds) throws(StartupError) -> Outcome {
    // What hangs may not even end at once.
    let message = try receive(within: span)
    end = ProcessEnd.wait(for: process)
    guard let message else { throw silence }
    return try outcome(message)
  }

  private func receive(within span: Milliseconds) throws(StartupError) -> Message? {
    do throws(ChannelError) {
      return try channel.receive(within: span)
    } catch .failed(let error) where error.code == ETIMEDOUT {
      kill(process, SIGKILL)
      throw StartupError(Checker.lateness(span))
    } catch {
      throw misunderstanding("\(error)")
    }
  }

  /// What is said of a process that has had so much time.
  static func lateness(_ span: Milliseconds) -> String {
    "the process that checks the configuration did not answer within \(span / 1_000) s"
  }

  /// Reports the outcome when it is there.
  func report(
    on loop: EventLoop, to body: @escaping (Result<Outcome, StartupError>) -> Void
  ) throws(SystemError) {
    self.loop = loop
    report = body
    watch = try Watch(channel.descriptor.number, on: loop, reads: true, writes: false) {
      [unowned self] _, _ in
      do throws(StartupError) {
        guard let message = try receiveAvailable() else { return }
        finish(.success(try outcome(message)))
      } catch {
        finish(.failure(error))
      }
    }
  }

  /// Notes how the process has ended, which may be heard before or after its last word.
  func ended(_ end: ProcessEnd) {
    self.end = end
    if isSilent { finish(.failure(silence)) }
  }

  /// Ends the process, and reports why there is no outcome.
  func giveUp(_ reason: String) {
    kill(process, SIGKILL)
    finish(.failure(StartupError(reason)))
  }

  private func finish(_ result: Result<Outcome, StartupError>) {
    guard let report else { return }
    self.report = nil
    watch?.stop()
    // The caller may be the watch itself; it goes when the batch is done.
    loop?.afterBatch { withExtendedLifetime(self) {} }
    report(result)
  }

  // MARK: - The answer

  /// - Returns: nil where there is no message now, or none any more.
  private func receiveAvailable() throws(StartupError) -> Message? {
    do throws(ChannelError) {
      switch try channel.receiveAvailable() {
      case .message(let message): return message
      case .bereft: throw ChannelError.failed(SystemError(call: "recvmsg", code: EMFILE))
      case .wouldBlock: return nil
      case .end: noteSilence()
      }
      return nil
    } catch {
      throw misunderstanding("\(error)")
    }
  }

  private func outcome(_ message: Message) throws(StartupError) -> Outcome {
    do throws(ProtocolError) {
      let report = try message.read(CheckReport.self)
      guard message.descriptors.count == (report.plan == nil ? 0 : 1) else {
        throw ProtocolError("not the descriptors that a report needs")
      }
      return Outcome(report: report, bundle: message.descriptors.first)
    } catch {
      throw misunderstanding(error.reason)
    }
  }

  private func noteSilence() {
    isSilent = true
    watch?.stop()
    if end != nil { finish(.failure(silence)) }
  }

  /// Why there is no answer.
  private var silence: StartupError {
    let end = end.map { "\($0)" } ?? "ended"
    return StartupError("the process that checks the configuration \(end) before it answered")
  }

  /// Ends the process, as it does not speak as it should.
  private func misunderstanding(_ reason: String) -> StartupError {
    kill(process, SIGKILL)
    return StartupError("the process that checks the configuration is not understood: \(reason)")
  }
}
