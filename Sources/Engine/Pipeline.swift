import Bytes
import Sockets

/// The road every request takes; read this first.
///
/// accept → TLS → **read head** → choose server → **rewrite** → **find location** → rewrite →
/// **limits** → **access** → **try files** → **content** → **log** → the next request.
/// The phases and their order are nginx's.
package enum Pipeline {
  /// Serves requests from a connection until it closes or has nothing more to say.
  ///
  /// As long as nothing has to be awaited but an upstream server, that takes no task: the
  /// connection is called when there is news, and goes on. What else there is to wait for is for a
  /// task.
  static func serve(_ connection: ClientConnection) {
    if connection.needsHandshake { return goOnWithTask(connection, from: .handshake) }
    while true {
      var reading = connection.beginReading()
      switch connection.read(&reading) {
      case .exchange(let exchange):
        guard follow(exchange, begin(exchange)) else { return }
      case .gone: return
      case .isTurnOver, .wantsMore: return goOnWithTask(connection, from: .head(reading))
      case .isSilent: return connection.nothingToRead()
      }
    }
  }

  /// Goes on with a request whose answer has been awaited, and with those behind it.
  static func resume(_ answer: AwaitedAnswer, after outcome: WaitOutcome) {
    let exchange = answer.exchange
    if follow(exchange, proceed(answer, after: outcome)) { serve(exchange.connection) }
  }

  /// - Returns: Whether the connection may carry another request now.
  private static func follow(_ exchange: Exchange, _ state: RequestState) -> Bool {
    switch state {
    case .done: return true
    case .left: break
    case .needsTask(let stage):
      goOnWithTask(exchange.connection, from: .request(exchange, stage))
    }
    return false
  }

  private static func goOnWithTask(_ connection: ClientConnection, from start: TaskStart) {
    connection.loop.spawn { await serveWithTask(connection, from: start) }
  }

  /// Where a task takes a connection over.
  private enum TaskStart: Sendable {
    case handshake
    case head(HeadReading)
    case request(Exchange, Stage)
  }

  /// Serves requests from a connection for as long as that needs a task.
  private static func serveWithTask(
    _ connection: ClientConnection, from start: TaskStart
  ) async {
    var reading: HeadReading?
    switch start {
    case .handshake: guard await connection.handshake() else { return connection.close() }
    case .head(let begun): reading = begun
    case .request(let exchange, let stage):
      guard await finish(exchange, from: stage) else { return }
    }
    while let exchange = await connection.readExchange(reading.take()) {
      switch begin(exchange) {
      case .done: continue
      case .left: return
      case .needsTask(let stage): guard await finish(exchange, from: stage) else { return }
      }
    }
  }

  /// Answers and delivers what could not be answered and delivered at once.
  ///
  /// - Returns: Whether the connection may carry another request.
  private static func finish(_ exchange: Exchange, from stage: Stage) async -> Bool {
    await answer(exchange, from: stage)
    let connection = exchange.connection
    // A tunnel goes on without this task, and logs the request when it ends.
    if connection.isDetached { return false }
    var isDelivered = exchange.isDeliveredAtOnce
    if !isDelivered { isDelivered = await exchange.deliver() }
    if exchange.hasBackgroundRequests { await exchange.finishBackgroundRequests() }
    if !exchange.settings.core.postAction.isEmpty { await exchange.runPostAction() }
    log(exchange)
    switch connection.finish(exchange, isUsable: isDelivered) {
    case .staysOpen: return true
    case .closed: return false
    case .lingers:
      await connection.closeGracefully(exchange)
      return false
    }
  }

  /// Notes a request that has been answered.
  static func log(_ exchange: Exchange) {
    exchange.lentLocation.withObject { location in
      for log in location.logs { log.record(exchange) }
    }
  }

  // MARK: - One request, without a task

  /// How far a request has come.
  private enum RequestState {
    /// It has been answered and logged, and the connection may carry another one.
    case done
    /// There is nothing to do for now: the answer is awaited, a tunnel has taken over, or the
    /// connection is closed.
    case left
    case needsTask(Stage)
  }

  /// Goes on with a new request.
  private static func begin(_ exchange: Exchange) -> RequestState {
    guard let failure = exchange.failureOfHead else { return goOn(exchange, .redirectedInternally) }
    return goOn(exchange, ErrorPages.answer(failure, on: exchange))
  }

  private static func goOn(
    _ exchange: Exchange, _ outcome: consuming HandlerOutcome
  ) -> RequestState {
    while true {
      do throws(Failure) {
        let route = try route(exchange, after: outcome)
        switch route {
        case .responded where exchange.extras?.lateBody == nil: return end(exchange)
        case .location where exchange.steps.isDisjoint(with: .awaited):
          if let request = try exchange.upstreamRequestOfLocation() {
            return proceed(request, after: nil)
          }
          guard let prompt = try promptAnswer(exchange) else { return .needsTask(.route(route)) }
          outcome = prompt
        case .answer(let handler) where !exchange.steps.contains(.preparation):
          outcome = try handler.answer(to: exchange)
        default: return .needsTask(.route(route))
        }
        if case .awaited(let answer) = outcome { return proceed(answer, after: nil) }
      } catch {
        outcome = ErrorPages.answer(error, on: exchange)
      }
    }
  }

  /// What the handlers of a location come to; nil where they do not know at once.
  private static func promptAnswer(_ exchange: Exchange) throws(Failure) -> HandlerOutcome? {
    let handlers = exchange.location.promptHandlers
    if handlers.isEmpty { return nil }
    for index in handlers.indices {
      let outcome = try handlers[index].answer(to: exchange)
      if !outcome.isDeclined { return outcome }
    }
    return .declined
  }

  /// Goes on with an answer, and leaves it to the connection to do so again when there is news.
  private static func proceed(
    _ answer: AwaitedAnswer, after outcome: WaitOutcome?
  ) -> RequestState {
    let exchange = answer.exchange
    var outcome = outcome
    while true {
      do throws(Failure) {
        let progress = try answer.proceed(after: outcome)
        switch progress {
        case .finished(.responded) where exchange.extras?.lateBody == nil:
          answer.release()
          return end(exchange)
        case .finished(let outcome):
          answer.release()
          return goOn(exchange, outcome)
        case .waits(let deadline):
          outcome = exchange.sleep(until: deadline, for: answer)
          if outcome == nil { return .left }
        case .isTurnOver, .needsTask: return .needsTask(.awaited(answer, progress))
        }
      } catch {
        answer.release()
        return goOn(exchange, ErrorPages.answer(error, on: exchange))
      }
    }
  }

  /// Delivers and logs a request that has been answered.
  private static func end(_ exchange: Exchange) -> RequestState {
    let connection = exchange.connection
    // A tunnel logs the request when it ends.
    if connection.isDetached { return .left }
    guard exchange.isDeliveredAtOnce, !exchange.hasBackgroundRequests,
      exchange.settings.core.postAction.isEmpty
    else { return .needsTask(.end) }
    log(exchange)
    switch connection.finish(exchange, isUsable: true) {
    case .staysOpen: return .done
    case .closed: return .left
    case .lingers:
      connection.loop.spawn { await connection.closeGracefully(exchange) }
      return .left
    }
  }

  // MARK: - One request, with a task

  /// What a task has to do next for a request.
  private indirect enum Stage: Sendable {
    case outcome(HandlerOutcome)
    case route(Route)
    case awaited(AwaitedAnswer, AwaitedAnswer.Progress)
    case end
  }

  /// Produces the response; what fails on the way becomes an error page.
  ///
  /// - Parameter start: Where the road begins; usually with the server's rewrite steps.
  static func answer(
    _ exchange: Exchange, from start: HandlerOutcome = .redirectedInternally
  ) async {
    await answer(exchange, from: .outcome(start))
  }

  private static func answer(_ exchange: Exchange, from start: Stage) async {
    var stage = start
    while true {
      do throws(Failure) {
        switch stage {
        case .outcome(let outcome): stage = .route(try route(exchange, after: outcome))
        case .route(.responded):
          if let body = exchange.extras?.lateBody { await exchange.finish(body) }
          return
        case .route(.answer(let handler)):
          if exchange.steps.contains(.preparation) { try await prepare(exchange) }
          stage = .outcome(try await handler.respond(to: exchange))
        case .route(.location): stage = .outcome(try await phases(exchange))
        case .awaited(let answer, let progress):
          stage = .outcome(try await answer.run(after: progress))
        case .end: return
        }
      } catch {
        stage = .outcome(ErrorPages.answer(error, on: exchange))
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
  private enum Route: Sendable {
    case responded
    indirect case answer(any PromptHandler)
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
    case .awaited: preconditionFailure("an answer is awaited before the road goes on")
    case .declined: throw exchange.failureWithoutHandler()
    }
  }

  /// The server's own rewrite steps, then a location.
  @inline(__always)
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
    case .missingSlash(let location):
      exchange.enter(location)
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
    if let request = try location.upstreamRequest(for: exchange) {
      return try await request.run()
    }
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
