import Bytes
import Sockets

/// Waiting until the client has taken a response.
extension Exchange {
  /// Whether the response could be sent, and the request is read, without waiting.
  @inline(__always)
  var isDeliveredAtOnce: Bool {
    drainsAtOnce && (!isPersistent || body.isComplete)
  }

  /// Whether everything that waits in the output could be sent without waiting.
  @inline(__always)
  private var drainsAtOnce: Bool {
    effectiveLimitRate == 0 && withOutput { $0.flush() == .drained }
  }

  /// Sends what is left of a response, and reads what is left of the request.
  ///
  /// - Returns: false where the connection is of no further use.
  func deliver() async -> Bool {
    do {
      try await drainOutput()
      if isPersistent, !body.isComplete { try await body.discard(self) }
      return true
    } catch {
      return false
    }
  }

  /// Sends everything that waits in the output, no faster than `limit_rate` says.
  ///
  /// - Throws: ``Failure/aborted`` where the client is gone or takes nothing for `send_timeout`.
  package func drainOutput() async throws(Failure) {
    let rate = effectiveLimitRate
    if rate > 0 { return try await drainOutput(rate: rate) }
    try await flush { $0.flush() }
  }

  /// Sends what may be sent now, without waiting.
  ///
  /// - Returns: `.drained` where `limit_rate` allows no more for now too; see ``sendingPause``.
  func flushOutput() -> ClientOutput.FlushOutcome {
    let rate = effectiveLimitRate
    guard rate > 0 else { return connection.output.flush() }
    let allowance = allowance(rate: rate)
    guard allowance > 0 || connection.stream.socket.isBroken else { return .drained }
    return connection.output.flush(atMost: max(1, allowance))
  }

  /// The milliseconds until `limit_rate` allows more; nil where something may be sent now.
  var sendingPause: Milliseconds? {
    let rate = effectiveLimitRate
    guard rate > 0 else { return nil }
    let allowance = allowance(rate: rate)
    return allowance > 0 ? nil : Milliseconds(-allowance * 1000 / rate + 1)
  }

  private func drainOutput(rate: Int) async throws(Failure) {
    while !connection.output.isEmpty {
      let allowance = allowance(rate: rate)
      // Nothing is worth waiting for on a broken connection; sending tells what is wrong with it.
      if allowance > 0 || connection.stream.socket.isBroken {
        try await flush { $0.flush(atMost: max(1, allowance)) }
      } else {
        await pause(milliseconds: -allowance * 1000 / rate + 1)
      }
    }
  }

  /// How much may be sent now; nginx grants the first second at once.
  private func allowance(rate: Int) -> Int {
    let after = settings.core.limitRateAfter.value(for: self)
    let milliseconds = Int(loop.now - startTime) + 1000
    let (product, overflow) = rate.multipliedReportingOverflow(by: milliseconds)
    guard !overflow else { return .max }
    let output = connection.output
    return product / 1000 + after - (output.sentByteCount - firstOutputByte)
  }

  private func pause(milliseconds: Int) async {
    let end = loop.deadline(after: Milliseconds(milliseconds))
    while loop.now < end, !connection.stream.socket.isBroken {
      guard await waiter.wait(until: end) == .ready else { return }
    }
  }

  private func flush(
    _ attempt: (ClientOutput) -> ClientOutput.FlushOutcome
  ) async throws(Failure) {
    let timeout = Milliseconds(settings.core.sendTimeout.milliseconds)
    var deadline = loop.deadline(after: timeout)
    var sent = connection.output.sentByteCount
    while true {
      switch attempt(connection.output) {
      case .drained: return
      case .failed(let code):
        logSendFailure(code)
        isPersistent = false
        throw .aborted
      case .turnOver: await waiter.yieldToOthers()
      case .wouldBlock:
        if connection.output.sentByteCount > sent { deadline = loop.deadline(after: timeout) }
        sent = connection.output.sentByteCount
        guard await waiter.wait(until: deadline) == .ready else { throw clientTimedOut() }
      }
    }
  }

  /// Logs that the client's connection failed with this `errno` while something was sent.
  func logSendFailure(_ code: CInt, upstream: String? = nil) {
    let error = connection.stream.writeFailure(code)
    logError(.info, "\(error) while sending to client", upstream: upstream)
  }

  /// Logs that the client takes nothing, and lets its connection be reset where the configuration
  /// says so; see `reset_timedout_connection`.
  func clientTimedOut() -> Failure {
    logError(.info, "client timed out (110: Connection timed out) while sending to client")
    isPersistent = false
    connection.resetsWhenClosed = settings.core.resetsTimedOutConnections
    return .aborted
  }
}
