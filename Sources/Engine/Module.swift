package import Bytes
import Config
import Sockets

/// One of nginx's modules: its directives and variables, and what it does in which phase.
///
/// The closures look at the settings of a location once, at load, and return nil where the module
/// has nothing to do there: modules that a configuration does not use cost a request nothing.
package struct Module: Sendable {
  /// The name in nginx's documentation, such as `ngx_http_proxy_module`.
  package let name: String

  /// The rows of its directives.
  package var directives: [Directive] = []

  /// The rows of its variables.
  package var variables: [Variable] = []

  /// The rows of its variables in `stream`.
  var streamVariables: [StreamVariable] = []

  /// When a server or a location is entered, before its rewrite steps.
  package var entry: (@Sendable (Settings) -> (any EntryStep)?)?

  /// Fetches what the filters of a response will need, since they cannot wait.
  package var preparation: (@Sendable (Settings) -> (any PreparationStep)?)?

  /// Limits, before access is decided.
  package var preaccess: (@Sendable (Settings) -> (any PhaseStep)?)?

  /// Decides about access; see `satisfy`.
  package var access: (@Sendable (Settings) -> (any AccessRule)?)?

  /// Between access and content, such as `try_files`.
  package var precontent: (@Sendable (Settings) -> (any PhaseStep)?)?

  /// Answers where a location has no handler of its own, in the order of ``Modules/all``.
  package var content: (@Sendable (Settings) -> (any Handler)?)?

  /// Changes the response head before it is sent.
  package var headerFilter: (@Sendable (Settings) -> (any HeaderFilter)?)?

  /// Whether ``headerFilter`` concerns also the responses of requests that the program makes
  /// itself; most change what a client gets once, where it gets it.
  package var filtersSubrequests = false

  /// Notes a finished request.
  package var log: (@Sendable (Settings, Load) -> (any LogStep)?)?

  /// A module without anything in it.
  package init(_ name: String) { self.name = name }
}

/// Produces the response of a location.
package protocol Handler: Sendable {
  /// The handler itself where it is a ``PromptHandler``.
  var prompt: (any PromptHandler)? { get }

  /// - Throws: A ``Failure`` that becomes an error page.
  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome
}

extension Handler {
  package var prompt: (any PromptHandler)? { nil }
}

/// A handler that knows at once what its answer is, though some of it may have to be awaited.
package protocol PromptHandler: Handler {
  /// - Throws: A ``Failure`` that becomes an error page.
  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome
}

extension PromptHandler {
  package var prompt: (any PromptHandler)? { self }

  package func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    let outcome = try answer(to: exchange)
    guard case .awaited(let answer) = outcome else { return outcome }
    return try await answer.run()
  }
}

/// A handler whose answers are awaited without a call between them and whoever asks.
protocol AwaitedHandler: AnyObject, Handler {
  /// The request whose answer is that of the location; nil where ``respond(to:)`` does everything.
  func request(for exchange: Exchange) throws(Failure) -> UpstreamRequest?
}

/// An answer that is on its way.
///
/// Confined to its loop, as the unchecked conformance relies on.
package class AwaitedAnswer: @unchecked Sendable {
  /// How far it has come.
  enum Progress {
    case finished(HandlerOutcome)
    /// There is nothing to do before there is news for the waiter of the exchange.
    case waits(until: Milliseconds)
    /// Bytes keep flowing: let others run, then go on.
    case isTurnOver
    /// The next step can only be awaited by a task.
    case needsTask
  }

  final let exchange: Exchange

  init(_ exchange: Exchange) { self.exchange = exchange }

  /// Goes on as far as that is possible without waiting.
  ///
  /// - Parameter outcome: How the wait ended; nil where there was none.
  func proceed(after outcome: WaitOutcome?) throws(Failure) -> Progress { .needsTask }

  /// Goes on to the end.
  ///
  /// - Parameter progress: What ``proceed(after:)`` said last; nil before it was called.
  func run(after progress: Progress? = nil) async throws(Failure) -> HandlerOutcome { .declined }

  /// Gives back what the answer holds, when it is finished or has failed; ``run(after:)`` does so
  /// by itself.
  func release() {}
}

/// What a handler or a phase leaves to be done.
package enum HandlerOutcome: Sendable {
  /// The response has been sent, or is complete in the connection's output.
  case responded
  /// The handler has no answer here; the next one is asked.
  case declined
  /// An internal redirect: start again with the server's own rewrite steps.
  case redirectedInternally
  /// The path was rewritten: find the location again.
  case rewritten
  /// Go on in a named location.
  case redirectedToLocation(Location)
  /// The rest of the response is to be awaited; only a ``PromptHandler`` says so.
  case awaited(AwaitedAnswer)
}

/// A step before the rewrite steps of a server or a location.
package protocol EntryStep: Sendable {
  func run(_ exchange: Exchange) throws(Failure)
}

/// A step right before a response is made.
package protocol PreparationStep: Sendable {
  func run(_ exchange: Exchange) async throws(Failure)
}

/// A step of the phases before the content: limits, `try_files`.
package protocol PhaseStep: Sendable {
  /// - Returns: `.declined` where the request goes on as if the step were not there.
  func run(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome
}

/// One voice in the decision about access.
package protocol AccessRule: Sendable {
  func decide(_ exchange: Exchange) async throws(Failure) -> AccessDecision
}

/// What an ``AccessRule`` says.
package enum AccessDecision: Sendable {
  case allowed
  /// The rule has no opinion.
  case undecided
  /// Refused with a status: 401 or 403.
  case denied(Int)
}

/// Changes a response head before it is sent.
package protocol HeaderFilter: Sendable {
  /// Whether it leaves all responses as they are that are not ``Response/isSelectable``.
  var isForSelectable: Bool { get }

  func filter(_ exchange: Exchange) throws(Failure)
}

extension HeaderFilter {
  package var isForSelectable: Bool { false }
}

/// Changes a response's body on its way to the client; made by a ``HeaderFilter``.
package protocol BodyFilter: AnyObject {
  /// Appends to the output what becomes of the input; the input is consumed.
  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure)

  /// Whether there is more to come although the input has ended; see
  /// ``Exchange/pass(_:behind:isLast:)``.
  var putsOffEnd: Bool { get }
}

extension BodyFilter {
  package var putsOffEnd: Bool { false }
}

/// Notes a finished request.
package protocol LogStep: Sendable {
  func record(_ exchange: Exchange)
}
