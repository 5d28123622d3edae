import Sockets

/// A body filter whose output comes later than its input: from requests that it makes.
///
/// What it has later it passes on with ``Exchange/pass(_:behind:isLast:)``, and wakes the waiter of
/// the exchange. Confined to the loop of the exchange.
protocol LateBody: BodyFilter {
  /// Whether the body's own end has come in.
  var hasInputEnded: Bool { get }

  /// Whether something of the body has been passed on.
  var hasBegun: Bool { get }

  /// Whether everything has been passed on.
  var isComplete: Bool { get }

  /// Whether the body cannot be completed.
  var isAbandoned: Bool { get }

  /// Called when the client has got everything that was passed on.
  func outputDrained()
}

extension Exchange {
  /// Waits until a body that comes later is complete.
  func finish(_ body: some LateBody) async {
    while body.hasInputEnded, !body.isComplete, !body.isAbandoned {
      // The head alone tells nobody anything, and may still be taken back.
      if body.hasBegun {
        switch flushOutput() {
        case .drained: body.outputDrained()
        case .failed: forgetClient()
        case .wouldBlock, .turnOver: break
        }
      }
      if body.isComplete || body.isAbandoned { return }
      guard await waiter.wait(until: sendingPause.map { loop.now + $0 } ?? .max) != .interrupted
      else { return }
    }
  }
}
