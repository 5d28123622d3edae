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
      var isDelivered = exchange.isDeliveredAtOnce
      if !isDelivered { isDelivered = await connection.deliver(exchange) }
      if exchange.hasBackgroundRequests { await exchange.finishBackgroundRequests() }
      if !exchange.settings.core.postAction.isEmpty { await exchange.runPostAction() }
      log(exchange)
      switch connection.finish(exchange, isUsable: isDelivered) {
      case .staysOpen: continue
      case .closed: return
      case .lingers: return await connection.closeGracefully(exchange)
      }
    }
  }

  /// Notes a request that has been answered.
  static func log(_ exchange: Exchange) {
    exchange.lentLocation.withObject { location in
      for log in location.logs { log.record(exchange) }
    }
  }

  /// Produces the response; what fails on the way becomes an error page.
  ///
  /// - Parameter start: Where the road begins; usually with the server's rewrite steps.
  static func answer(
    _ exchange: Exchange, from start: HandlerOutcome = .redirectedInternally
  ) async {
    var next = start
    if let failure = exchange.failureOfHead { next = ErrorPages.answer(failure, on: exchange) }
    while true {
      do throws(Failure) {
        switch try route(exchange, after: next) {
        case .responded:
          if let body = exchange.extras?.lateBody { await exchange.finish(body) }
          return
        case .answer(let handler):
          if exchange.steps.contains(.preparation) { try await prepare(exchange) }
          next = try await handler.respond(to: exchange)
        case .location: next = try await phases(exchange)
        }
      } catch {
        next = ErrorPages.answer(error, on: exchange)
      }
    }
  }

  /// Answers a request in its location once more, from the content on.
  ///
  /// What fails on the way, and what leads elsewhere, leaves the request without a response.
  static func answerAgain(_ exchange: Exchange) async {
    for handler in exchange.location.content {
      guard case .declined? = try? await handler.respond(to: exchange) else { return }
    }
  }

  /// Where a request goes: rewriting and the search for a location wait for nothing.
  private enum Route {
    case responded
    case answer(any Handler)
    /// To the one that the exchange has entered.
    case location
  }

  /// Not inlined: what it needs for a moment would lie in the task's memory as long as the request
  /// waits.
  @inline(never)
  private static func route(
    _ exchange: Exchange, after outcome: HandlerOutcome
  ) throws(Failure) -> Route {
    switch outcome {
    case .responded: return .responded
    case .redirectedInternally: return try enterServer(exchange)
    case .rewritten: return try findLocation(exchange)
    case .redirectedToLocation(let location): return try enter(Lent(location), exchange)
    case .declined: throw exchange.failureWithoutHandler()
    }
  }

  /// The server's own rewrite steps, then a location.
  private static func enterServer(_ exchange: Exchange) throws(Failure) -> Route {
    exchange.enterServer()
    try exchange.runEntrySteps()
    if case .respond(let answer) = try exchange.rewrite() { return .answer(answer) }
    return try findLocation(exchange)
  }

  private static func findLocation(_ exchange: Exchange) throws(Failure) -> Route {
    exchange.isPathOfLocation = true
    let locations = exchange.lentServer.withObject(\.lentLocations)
    switch locations.withObject({ $0.choice(for: exchange) }) {
    case .location(let location, _): return try enter(location, exchange)
    case .missingSlash:
      _ = try exchange.redirectToDirectory()
      return .responded
    case .none:
      exchange.enterServer()
      try exchange.applyLocation()
      return .location
    }
  }

  /// The rewrite steps of a location.
  private static func enter(
    _ location: Lent<Location>, _ exchange: Exchange
  ) throws(Failure) -> Route {
    exchange.enter(location)
    try exchange.applyLocation()
    try exchange.runEntrySteps()
    switch try exchange.rewrite() {
    case .respond(let answer): return .answer(answer)
    case .restart:
      try exchange.countPathChange()
      return try findLocation(exchange)
    case .next, .stop: return .location
    }
  }

  /// What must be there before there is a response, since filters cannot wait.
  private static func prepare(_ exchange: Exchange) async throws(Failure) {
    for step in exchange.location.preparation { try await step.run(exchange) }
  }

  /// The phases behind the rewriting, in the location where it ended.
  ///
  /// Inlined: a frame of its own would be made for each request.
  @inline(__always)
  private static func phases(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    let location = exchange.location
    let steps = location.steps
    if steps.contains(.preparation) { try await prepare(exchange) }
    if steps.contains(.preaccess) {
      let outcome = try await run(location.preaccess, exchange)
      if !outcome.isDeclined { return outcome }
    }
    // nginx: who may ask was decided when the client asked.
    if steps.contains(.access), !exchange.isSubrequest { try await exchange.checkAccess() }
    if steps.contains(.precontent) {
      let outcome = try await run(location.precontent, exchange)
      if !outcome.isDeclined { return outcome }
    }
    if let answer = try location.answer(to: exchange) { return try await answer.run() }
    for index in location.content.indices {
      let outcome = try await location.content[index].respond(to: exchange)
      if !outcome.isDeclined { return outcome }
    }
    return .declined
  }

  /// Runs steps until one of them does something; few locations have any.
  @inline(never)
  private static func run(
    _ steps: [any PhaseStep], _ exchange: Exchange
  ) async throws(Failure) -> HandlerOutcome {
    for step in steps {
      let outcome = try await step.run(exchange)
      if !outcome.isDeclined { return outcome }
    }
    return .declined
  }
}

extension HandlerOutcome {
  fileprivate var isDeclined: Bool {
    if case .declined = self { true } else { false }
  }
}
