import Bytes
import Sockets

/// What `limit_req` did to a request.
enum LimitReqStatus: String, Sendable {
  case passed = "PASSED"
  case delayed = "DELAYED"
  case rejected = "REJECTED"
  case delayedDryRun = "DELAYED_DRY_RUN"
  case rejectedDryRun = "REJECTED_DRY_RUN"
}

/// Applies the limits of `limit_req`.
struct RequestRateStep: PhaseStep {
  private let settings: LimitReqSettings

  /// nil where there is no limit.
  init?(_ settings: LimitReqSettings) {
    guard !settings.limits.isEmpty else { return nil }
    self.settings = settings
  }

  func run(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    // One request is judged once, however often it is redirected.
    guard exchange.limitReqStatus == nil, !exchange.isSubrequest else { return .declined }
    var passed: [(limit: RequestRateLimit, key: ByteString, excess: Int)] = []
    for limit in settings.limits {
      let key = limit.zone.key.value(for: exchange)
      guard !key.isEmpty else { continue }
      guard key.count <= 65_535 else {
        exchange.logError(.error, "the value of the key is more than 65535 bytes: \"\(key)\"")
        continue
      }
      switch limit.zone.judge(key, now: exchange.loop.now, burst: limit.burst) {
      case .passed(let excess): passed.append((limit, key, excess))
      case .refused(let excess):
        for (limit, key, _) in passed { limit.zone.takeBack(key) }
        return try refuse(excess, limit, exchange)
      }
    }
    guard !passed.isEmpty else { return .declined }
    let delays = passed.map { RequestRateStep.delay($0.excess, $0.limit) }
    guard let longest = delays.max(), longest > 0 else {
      exchange.limitReqStatus = .passed
      return .declined
    }
    let excess = zip(delays, passed).first { $0.0 == longest }?.1.excess ?? 0
    try await delay(longest, excess: excess, exchange)
    return .declined
  }

  private func refuse(
    _ excess: Int, _ limit: RequestRateLimit, _ exchange: Exchange
  ) throws(Failure) -> HandlerOutcome {
    let name = limit.zone.name
    exchange.logError(
      settings.logLevel.refusal,
      "limiting requests\(dryRunText), excess: \(thousandths(excess)) by zone \"\(name)\"")
    exchange.limitReqStatus = settings.isDryRun ? .rejectedDryRun : .rejected
    if settings.isDryRun { return .declined }
    throw .status(settings.status)
  }

  /// How long a request waits, in milliseconds.
  private static func delay(_ excess: Int, _ limit: RequestRateLimit) -> Int {
    guard let undelayed = limit.undelayed, excess > undelayed else { return 0 }
    return (excess - undelayed) * 1000 / limit.zone.rate
  }

  private func delay(_ time: Int, excess: Int, _ exchange: Exchange) async throws(Failure) {
    exchange.logError(
      settings.logLevel.delay,
      "delaying request\(dryRunText), excess: \(thousandths(excess))")
    exchange.limitReqStatus = settings.isDryRun ? .delayedDryRun : .delayed
    if settings.isDryRun { return }
    try await exchange.pause(Milliseconds(time))
  }

  private var dryRunText: String { settings.isDryRun ? ", dry run" : "" }

  private func thousandths(_ number: Int) -> String {
    let rest = String(number % 1000)
    return "\(number / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}

extension Exchange {
  /// Lets time pass while the client waits.
  ///
  /// - Throws: ``Failure/aborted`` where the client goes away meanwhile.
  func pause(_ time: Milliseconds) async throws(Failure) {
    let end = loop.deadline(after: time)
    while loop.now < end {
      switch await waiter.wait(until: end) {
      case .timedOut: return
      case .interrupted: throw .aborted
      case .ready:
        guard !connection.stream.socket.isHungUp else {
          logError(.info, "client prematurely closed connection")
          throw .aborted
        }
      }
    }
  }
}
