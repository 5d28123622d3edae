import Bytes

/// A step of the rewrite phase: `set`, `rewrite`, `return`, `break` or `if`.
package protocol RewriteStep: Sendable {
  func run(_ exchange: Exchange) throws(Failure) -> RewriteOutcome
}

/// What follows a step of the rewrite phase.
package enum RewriteOutcome: Sendable {
  /// The next step.
  case next
  /// The rest of the phase is skipped, and the location stays: `break`.
  case stop
  /// The rest is skipped, and the location is looked for anew: `last`.
  case restart
  /// The answer is known: `return`.
  case respond(any Handler)
}

extension Exchange {
  /// Runs the rewrite steps of the current location.
  func rewrite() throws(Failure) -> RewriteOutcome {
    let steps = location.script
    if steps.isEmpty { return .next }
    let path = self.path
    let isOriginal = hasOriginalPath
    for step in steps {
      switch try step.run(self) {
      case .next: continue
      case .stop: return .stop
      case .restart:
        try countPathChange()
        return .restart
      case .respond(let answer): return .respond(answer)
      }
    }
    // A path that `rewrite` without a flag has changed leads to another location.
    guard self.path != path || hasOriginalPath != isOriginal else { return .next }
    try countPathChange()
    return .restart
  }
}
