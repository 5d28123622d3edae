import Bytes

/// What `limit_conn` did to a request.
enum LimitConnStatus: String, Sendable {
  case passed = "PASSED"
  case rejected = "REJECTED"
  case rejectedDryRun = "REJECTED_DRY_RUN"
}

/// Applies the limits of `limit_conn`.
struct ConnectionCountStep: PhaseStep {
  private let settings: LimitConnSettings

  /// nil where there is no limit.
  init?(_ settings: LimitConnSettings) {
    guard !settings.limits.isEmpty else { return nil }
    self.settings = settings
  }

  func run(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    // One request counts once, however often it is redirected.
    guard exchange.limitConnStatus == nil, !exchange.isSubrequest else { return .declined }
    var counted: [(zone: ConnectionZone, key: ByteString)] = []
    for limit in settings.limits {
      let key = limit.zone.key.value(for: exchange)
      guard !key.isEmpty else { continue }
      guard key.count <= 255 else {
        exchange.logError(.error, "the value of the key is more than 255 bytes: \"\(key)\"")
        continue
      }
      guard limit.zone.begin(key, maximum: limit.maximum) else {
        for (zone, key) in counted { zone.end(key) }
        return try refuse(limit, exchange)
      }
      counted.append((limit.zone, key))
    }
    guard !counted.isEmpty else { return .declined }
    exchange.limitConnStatus = .passed
    exchange.atEnd { [counted] in
      for (zone, key) in counted { zone.end(key) }
    }
    return .declined
  }

  private func refuse(
    _ limit: ConnectionCountLimit, _ exchange: Exchange
  ) throws(Failure) -> HandlerOutcome {
    let dryRun = settings.isDryRun ? ", dry run," : ""
    exchange.logError(
      settings.logLevel.level, "limiting connections\(dryRun) by zone \"\(limit.zone.name)\"")
    exchange.limitConnStatus = settings.isDryRun ? .rejectedDryRun : .rejected
    if settings.isDryRun { return .declined }
    throw .status(settings.status)
  }
}
