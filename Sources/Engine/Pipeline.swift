import Bytes

/// The road every request takes; read this first.
///
/// accept → TLS → **read head** → choose server → **rewrite** → **find location** → rewrite →
/// **limits** → **access** → **try files** → **content** → **log** → the next request.
/// The phases and their order are nginx's.
package enum Pipeline {
  /// Serves requests from a connection until it closes or has nothing more to say.
  static func serve(_ connection: ClientConnection) async {
    guard await connection.handshake() else { return connection.close() }
    while let exchange = await connection.readExchange() {
      await answer(exchange)
      // A tunnel goes on without this task, and logs the request when it ends.
      if connection.isDetached { return }
      let isUsable = await connection.deliver(exchange)
      if exchange.hasBackgroundRequests { await exchange.finishBackgroundRequests() }
      log(exchange)
      guard await connection.finish(exchange, isUsable: isUsable) else { return }
    }
  }

  /// Notes a request that has been answered.
  static func log(_ exchange: Exchange) {
    for log in exchange.location.logs { log.record(exchange) }
  }

  /// Produces the response; what fails on the way becomes an error page.
  static func answer(_ exchange: Exchange) async {
    var next = HandlerOutcome.redirectedInternally
    if let failure = exchange.failureOfHead {
      next = await ErrorPages.answer(failure, on: exchange)
    }
    while true {
      do throws(Failure) {
        switch next {
        case .responded: return
        case .redirectedInternally: next = try await enterServer(exchange)
        case .rewritten: next = try await findLocation(exchange)
        case .redirectedToLocation(let location): next = try await enter(location, exchange)
        case .declined: throw exchange.failureWithoutHandler()
        }
      } catch {
        next = await ErrorPages.answer(error, on: exchange)
      }
    }
  }

  /// The server's own rewrite steps, then a location.
  private static func enterServer(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    exchange.location = exchange.server.location
    for step in exchange.location.entry {
      if let outcome = try await step.run(exchange).unlessDeclined { return outcome }
    }
    switch try exchange.rewrite() {
    case .respond(let answer): return try await answer.respond(to: exchange)
    case .next, .stop, .restart: return try await findLocation(exchange)
    }
  }

  private static func findLocation(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    exchange.isPathOfLocation = true
    if exchange.server.locations.isMissingSlash(exchange.path) {
      return try exchange.redirectToDirectory()
    }
    guard let location = exchange.server.locations.location(for: exchange) else {
      return try await enter(exchange.server.location, exchange, skipsRewrite: true)
    }
    return try await enter(location, exchange)
  }

  /// Every phase of one location.
  private static func enter(
    _ location: Location, _ exchange: Exchange, skipsRewrite: Bool = false
  ) async throws(Failure) -> HandlerOutcome {
    exchange.location = location
    try exchange.applyLocation()
    for step in exchange.location.entry where !skipsRewrite {
      if let outcome = try await step.run(exchange).unlessDeclined { return outcome }
    }
    if !skipsRewrite {
      switch try exchange.rewrite() {
      case .respond(let answer): return try await answer.respond(to: exchange)
      case .restart:
        try exchange.countPathChange()
        return .rewritten
      case .next, .stop: break
      }
    }
    for step in exchange.location.preaccess {
      if let outcome = try await step.run(exchange).unlessDeclined { return outcome }
    }
    // nginx: who may ask was decided when the client asked.
    if !exchange.location.access.isEmpty, !exchange.isSubrequest {
      try await exchange.checkAccess()
    }
    for step in exchange.location.precontent {
      if let outcome = try await step.run(exchange).unlessDeclined { return outcome }
    }
    for handler in exchange.location.content {
      if let outcome = try await handler.respond(to: exchange).unlessDeclined { return outcome }
    }
    return .declined
  }
}

extension HandlerOutcome {
  /// The outcome; nil where there was none.
  fileprivate var unlessDeclined: HandlerOutcome? {
    if case .declined = self { nil } else { self }
  }
}
