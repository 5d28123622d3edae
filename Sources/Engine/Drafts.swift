package import Bytes
package import Config
package import Sockets

/// A location while it is being read.
package final class LocationDraft {
  /// How paths choose the location.
  package let kind: Location.Kind

  /// The prefix, the expression or the name, as it was written.
  package let name: ByteString

  /// The block that opened the location.
  package let statement: Statement?

  /// The final settings once the block has been read.
  package var settings: Settings { _read { yield inherited.value } }

  /// The same, as blocks share them.
  var inherited: Inherited<Settings>

  /// The locations inside this one, in file order.
  package private(set) var children: [LocationDraft] = []

  /// The first of the locations inside this one that requests could not tell apart.
  private var choices: [Choice: Statement] = [:]

  /// The rewrite steps with their rank in the file, since `if` blocks are read after the rest.
  package private(set) var script: [(order: Int, make: MakeStep)] = []

  /// Makes a rewrite step when the location around it is finished.
  package typealias MakeStep = (LocationDraft, Load) -> any RewriteStep

  /// The blocks of ``script`` that conditions lead to, in file order.
  private(set) var conditionals: [LocationDraft] = []

  /// What this block alone does before the content; blocks inside it do not inherit it.
  package var precontent: [any PhaseStep] = []

  /// Who makes the content, where a directive such as `proxy_pass` chose it.
  package var choice: (any HandlerChoice)?

  /// The methods that `limit_except` leaves alone, and the settings for all others.
  package var limitExcept: (methods: [ByteString], location: LocationDraft)?

  /// Whether a request for the name without its last slash is redirected to the name.
  package var redirectsMissingSlash = false

  /// The location around this one; nil for a server's own.
  package weak var parent: LocationDraft?

  init(
    kind: Location.Kind, name: ByteString, statement: Statement?,
    inheriting inherited: Inherited<Settings>, parent: LocationDraft?
  ) {
    self.kind = kind
    self.name = name
    self.statement = statement
    self.inherited = inherited
    self.parent = parent
  }

  /// Adds a location inside this one.
  package func append(_ child: LocationDraft) { children.append(child) }

  /// Notes how a location inside this one is chosen.
  ///
  /// - Returns: The one before that is chosen by the same paths.
  func take(
    _ kind: Location.Kind, _ name: ByteString, for statement: Statement
  ) -> Statement? {
    let choice: Choice
    switch kind {
    case .exact: choice = Choice(name: name, isExact: true)
    case .prefix: choice = Choice(name: name, isExact: false)
    case .pattern, .named, .server, .conditional: return nil
    }
    if let former = choices[choice] { return former }
    choices[choice] = statement
    return nil
  }

  private struct Choice: Hashable {
    let name: ByteString
    let isExact: Bool
  }

  /// Where the rewrite directives of this block go.
  package func appendStep(_ step: some RewriteStep, at statement: Statement) {
    script.append((statement.order, { _, _ in step }))
  }

  /// Where `if` blocks go: the location that one leads to is made with the location around it.
  package func appendStep(
    to block: LocationDraft, at statement: Statement, making make: @escaping MakeStep
  ) {
    conditionals.append(block)
    script.append((statement.order, make))
  }
}

/// What a directive such as `proxy_pass` says of who makes the content of a location.
package protocol HandlerChoice: Sendable {
  /// Makes the handler, when everything is known.
  ///
  /// - Throws: What is wrong with the location's final settings.
  func makeHandler(for location: LocationDraft, _ load: Load) throws(Diagnostic) -> any Handler

  /// Looks for what ``makeHandler(for:_:)`` would throw and report, and makes nothing.
  func check(_ location: LocationDraft, _ load: Load)
}

/// The choice of a handler that is the same wherever it is chosen.
package struct FixedHandler<Chosen: Handler>: HandlerChoice {
  let handler: Chosen

  package func makeHandler(for location: LocationDraft, _ load: Load) -> any Handler { handler }

  package func check(_ location: LocationDraft, _ load: Load) {}
}

/// A server while it is being read.
package final class ServerDraft {
  /// The `server` block.
  package let statement: Statement

  /// Its `listen` directives, in file order.
  package var listens: [ListenDraft] = []

  /// The addresses of those that were read, with the first that names each.
  var addresses: [SocketAddress: Statement] = [:]

  /// Its names, in file order.
  package var names: [ServerName] = []

  /// Where each of ``names`` stands; that of a server without names is the block's.
  var namePlaces: [SourcePlace] = []

  /// The server's own level, with its rewrite steps and its locations as children.
  package let location: LocationDraft

  package init(statement: Statement, location: LocationDraft) {
    self.statement = statement
    self.location = location
  }
}

/// An address to listen on, with the options of one `listen` directive.
package struct ListenDraft {
  /// The address to bind.
  package var address: SocketAddress

  /// The parameters.
  package var options: ListenOptions

  /// Whether the server takes requests that name no other.
  package var isDefaultServer: Bool

  /// Whether a parameter was given that only one `listen` of an address may have.
  package var hasSocketOptions: Bool
  package let statement: Statement

  package init(
    address: SocketAddress, options: ListenOptions, isDefaultServer: Bool,
    hasSocketOptions: Bool, statement: Statement
  ) {
    self.address = address
    self.options = options
    self.isDefaultServer = isDefaultServer
    self.hasSocketOptions = hasSocketOptions
    self.statement = statement
  }
}
