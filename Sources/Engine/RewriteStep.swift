import Bytes

/// A step of the rewrite phase: `set`, `rewrite`, `return`, `break` or `if`.
package protocol RewriteStep: Sendable {
  func run(_ exchange: Exchange) throws(Failure) -> RewriteOutcome
}

/// What follows a step of the rewrite phase.
package enum RewriteOutcome: Sendable {
  /// The next step.
  case next
  /// The rest of the phase is skipped.
  case stop
  /// The location is to be found again, since the path has changed.
  case restart
  /// The answer is known: `return`.
  case respond(any PromptHandler)
}

extension Exchange {
  /// Does what a location demands before its rewrite steps.
  @inline(__always)
  func runEntrySteps() throws(Failure) {
    if steps.contains(.entry) { for step in location.entry { try step.run(self) } }
  }

  /// Runs the rewrite steps of the current location.
  ///
  /// - Returns: `.next`, or `.restart` where the path has changed, or the answer.
  @inline(__always)
  func rewrite() throws(Failure) -> RewriteOutcome {
    steps.contains(.script) ? try runScript() : .next
  }

  private func runScript() throws(Failure) -> RewriteOutcome {
    isPathChanged = false
    encodesCaptures = true
    if case .respond(let answer) = try run(location.script) { return .respond(answer) }
    return isPathChanged ? .restart : .next
  }

  /// Runs steps until one of them ends the phase.
  func run(_ steps: [any RewriteStep]) throws(Failure) -> RewriteOutcome {
    for step in steps {
      switch try step.run(self) {
      case .next: continue
      case let outcome: return outcome
      }
    }
    return .next
  }
}
