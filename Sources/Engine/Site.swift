package import Bytes
package import Sockets

/// A whole configuration, resolved: what requests are served from.
///
/// Immutable. Nothing is looked up by name while a request is served. Exchanges keep the site that
/// they started with, so another one can take its place at any time.
package final class Site: Sendable {
  /// The settings of the main level.
  package let main: MainSettings

  /// The addresses to listen on.
  package let listeners: [ListenPoint]

  /// The meaning of the variable numbers in templates.
  package let variables: VariableList

  /// Calls a function with the meaning of a variable number.
  @inline(__always)
  func withVariable<Result>(_ number: Int, _ body: (ResolvedVariable) -> Result) -> Result {
    variables.withElement(number, body)
  }

  /// Whether the configuration mentions `$request_body_file`, so that such files need names.
  let namesBodyFiles: Bool

  /// Whether the configuration mentions a variable that shows fields of the response, or of an
  /// upstream server's, so that they are kept until the end of the exchange.
  let showsSentFields: Bool
  let showsUpstreamFields: Bool

  /// The files to which logs are written.
  package let logFiles: [LogTarget]

  /// Where messages go that concern no server.
  package let errorLogs: [ErrorLog]

  /// The settings outside of all servers, for what happens before a server is known.
  package let settings: Settings

  /// The `upstream` blocks by name, in lower case, for directives with variables.
  let upstreams: [ByteString: Upstream]

  /// The groups that no `upstream` block declares.
  let implicitUpstreams: [ImplicitUpstream: Upstream]

  /// The zones of `limit_req` and `limit_conn` by name, for the configuration that comes next.
  let requestRateZones: [ByteString: RequestRateZone]
  let connectionZones: [ByteString: ConnectionZone]

  /// The caches by the names of their keys zones.
  package let cacheZones: [ByteString: CacheZone]

  /// The owners of idle connections to upstream servers, for the configuration that comes next.
  let connectionOwners: [ConnectionOwner.Key: ConnectionOwner]

  /// The keys of session tickets, for the configuration that comes next.
  let ticketKeys: [TicketOwner: TLSTicketKeys]

  /// The `stream` block; nil where there is none.
  package let stream: StreamSite?

  /// Every address to listen on, whatever is spoken there.
  package var endpoints: [any Endpoint] { listeners + (stream?.points ?? []) }

  init(
    main: MainSettings, listeners: [ListenPoint],
    variables: [ResolvedVariable], logFiles: [LogTarget], errorLogs: [ErrorLog],
    settings: Settings, upstreams: [ByteString: Upstream],
    implicitUpstreams: [ImplicitUpstream: Upstream] = [:],
    connectionOwners: [ConnectionOwner.Key: ConnectionOwner] = [:],
    requestRateZones: [ByteString: RequestRateZone] = [:],
    connectionZones: [ByteString: ConnectionZone] = [:],
    ticketKeys: [TicketOwner: TLSTicketKeys] = [:],
    cacheZones: [ByteString: CacheZone] = [:], stream: StreamSite? = nil
  ) {
    self.main = main
    self.listeners = listeners
    self.variables = VariableList(variables)
    namesBodyFiles = variables.contains { $0.name == "request_body_file" }
    showsSentFields = variables.contains { $0.name.hasPrefix("sent_http_") }
    showsUpstreamFields = variables.contains {
      $0.name.hasPrefix("upstream_http_") || $0.name.hasPrefix("upstream_cookie_")
    }
    self.logFiles = logFiles
    self.errorLogs = errorLogs
    self.settings = settings
    self.upstreams = upstreams
    self.implicitUpstreams = implicitUpstreams
    self.connectionOwners = connectionOwners
    self.requestRateZones = requestRateZones
    self.connectionZones = connectionZones
    self.ticketKeys = ticketKeys
    self.cacheZones = cacheZones
    self.stream = stream
  }
}

/// An address to listen on, with what is done with the connections that are made to it.
package protocol Endpoint: AnyObject, Sendable {
  /// The address to bind.
  var address: SocketAddress { get }

  /// How to bind it.
  var options: ListenOptions { get }

  /// Whether small writes leave at once.
  var isNoDelay: Bool { get }

  /// Serves a connection that was accepted.
  ///
  /// - Parameter former: The site of the endpoint where it is configured no more.
  func adopt(_ stream: ByteStream, on servingLoop: ServingLoop, of former: Site?)
}

/// An address to listen on, with the servers that share it.
package final class ListenPoint: Endpoint {
  /// The address to bind.
  package let address: SocketAddress

  /// How to bind it, and what is spoken there.
  package let options: ListenOptions

  /// The servers of the address.
  package let servers: VirtualServers

  /// An address with its servers.
  package init(address: SocketAddress, options: ListenOptions, servers: VirtualServers) {
    self.address = address
    self.options = options
    self.servers = servers
  }

  /// Leads a request to the server of its host.
  func chooseServer(for exchange: Exchange) { servers.choose(for: exchange) }

  package var isNoDelay: Bool { servers.defaultServer.settings.core.isNoDelay }

  package func adopt(_ stream: ByteStream, on servingLoop: ServingLoop, of former: Site?) {
    servingLoop.adopt(stream, from: self, of: former)
  }
}

/// The parameters of `listen` that concern the socket and the protocol.
package struct ListenOptions: Sendable, Equatable {
  /// Whether connections begin with TLS.
  package var isTLS = false

  /// Whether HTTP/2 was asked for.
  package var isHTTP2 = false

  /// Whether connections begin with the PROXY protocol.
  package var hasProxyProtocol = false

  /// How many connections may wait to be accepted.
  package var backlog = 511

  /// Whether `reuseport` was given; each loop has its own socket anyway.
  package var isReuseport = false

  /// Whether a wildcard address of IPv6 takes IPv6 alone.
  package var isIPv6Only = true

  /// `rcvbuf` in bytes; nil leaves it to the system.
  package var receiveBufferSize: Int?

  /// `sndbuf` in bytes; nil leaves it to the system.
  package var sendBufferSize: Int?

  /// Whether connections are accepted once they have sent something.
  package var isDeferred = false

  /// Whether the system probes idle connections; nil leaves it to the system.
  package var keepsAlive: Bool?

  /// The silence in seconds before the first probe; nil leaves it to the system.
  package var keepAliveIdle: Int?

  /// The seconds between probes; nil leaves them to the system.
  package var keepAliveInterval: Int?

  /// How many probes may stay without an answer; nil leaves it to the system.
  package var keepAliveCount: Int?

  /// How many connections of TCP Fast Open may be unfinished; nil leaves Fast Open off.
  package var fastOpenQueue: Int?

  /// The options of a `listen` without parameters.
  package init() {}
}

/// A `server` block.
package final class Server: Sendable {
  /// The first name, which `$server_name` shows; empty where there is none.
  package let name: ByteString

  /// The server's own level: its settings and rewrite steps, and the answer where no location is.
  package let location: Location

  /// The locations of the server.
  package let locations: LocationMatcher

  /// All names of the server.
  let names: [ServerName]

  /// The certificates and rules of TLS; nil where no `listen` of the server asks for it.
  package let tls: ServerTLS?

  package init(
    name: ByteString, location: Location, locations: LocationMatcher, tls: ServerTLS?,
    names: [ServerName] = []
  ) {
    self.names = names
    self.name = name
    self.location = location
    self.locations = locations
    self.tls = tls
  }

  /// Its locations, for those who keep the server.
  var lentLocations: Lent<LocationMatcher> { Lent(locations) }

  /// What the server's own level says.
  package var settings: Settings { _read { yield location.settings } }

  /// Whether a name in lower case is one of the server's.
  func hasName(_ name: ByteString, in memory: MatchMemory) -> Bool {
    names.contains { form in
      switch form {
      case .exact(let text): text == name
      case .domain(let text): name.hasSuffix(text) || name == text.dropFirst(1)
      case .leadingWildcard(let text): name.hasSuffix(text)
      case .trailingWildcard(let text): name.hasPrefix(text)
      case .pattern(let pattern, _): pattern.matches(name, in: memory)
      }
    }
  }
}

/// A block that a request can be in: a `location`, an `if`, or a server's own level.
package final class Location: Sendable {
  /// How paths choose a location.
  package enum Kind: Sendable {
    /// A server's own level.
    case server
    case exact
    /// `excludesPatterns` is the `^~` form.
    case prefix(excludesPatterns: Bool)
    case pattern(Pattern, groups: PatternGroups)
    case named
    /// An `if` block or the block of `limit_except`.
    case conditional
  }

  // What every request reads stands first, side by side.

  /// The locations inside this one.
  package let nested: LocationMatcher?

  /// Its settings, for those who keep the location otherwise.
  let lentSettings: LentValue<Settings>

  /// Which of the steps below there are any of.
  let steps: LocationSteps

  /// Whether the location is a prefix of the `^~` form.
  let excludesPatterns: Bool

  /// Whether a request for the name without its last slash is redirected to the name.
  package let redirectsMissingSlash: Bool

  /// Whether a directive such as `proxy_pass` chose who makes the content.
  let hasHandler: Bool

  /// The handler that a directive chose, where its answers are awaited directly.
  private let awaitedHandler: (any AwaitedHandler)?

  /// All handlers of the content where they know at once what they answer; else empty.
  let promptHandlers: [any PromptHandler]

  /// What the location shares with others that say the same; it keeps the settings.
  private let block: BlockSettings

  /// The handlers that are asked for the content, in order.
  package let content: [any Handler]

  /// How paths choose the location.
  package let kind: Kind

  /// The prefix, the expression or the name, as it was written.
  package let name: ByteString

  /// Its final settings.
  package var settings: Settings { _read { yield lentSettings.value } }

  /// What changes a response's head, in order.
  package var headerFilters: [any HeaderFilter] { block.headerFilters }

  /// What notes finished requests.
  package var logs: [any LogStep] { block.logs }

  /// The rewrite phase; empty in most locations.
  package let script: [any RewriteStep]

  /// The block of `limit_except`; nil without one.
  package let limitExcept: LimitExcept?

  /// The steps before the rewrite steps.
  package var entry: [any EntryStep] { block.entry }

  /// The steps right before a response is made.
  package var preparation: [any PreparationStep] { block.preparation }

  /// The steps before access is decided.
  package var preaccess: [any PhaseStep] { block.preaccess }

  /// The rules of access.
  package var access: [any AccessRule] { block.access }

  /// The steps between access and content.
  package let precontent: [any PhaseStep]

  /// Those of ``headerFilters`` that concern also requests that the program makes itself.
  package var subrequestFilters: [any HeaderFilter] { block.subrequestFilters }

  package init(
    draft: LocationDraft, handler: (any Handler)?, nested: LocationMatcher?,
    limitExcept: LimitExcept?, load: Load
  ) {
    let keeper = draft.inherited.keeper
    let shared = load.shared.value(of: keeper) { BlockSettings(keeper, load: load) }
    kind = draft.kind
    name = draft.name
    excludesPatterns = if case .prefix(excludesPatterns: true) = kind { true } else { false }
    block = shared
    lentSettings = shared.settings
    script = draft.script.sorted { $0.order < $1.order }.map { $0.make(draft, load) }
    self.nested = nested
    self.limitExcept = limitExcept
    redirectsMissingSlash = draft.redirectsMissingSlash && draft.name.hasSuffix("/")
    precontent = draft.precontent + shared.precontent
    hasHandler = handler != nil
    if let handler {
      content = [handler]
      awaitedHandler = handler as? any AwaitedHandler
      promptHandlers = handler.prompt.map { [$0] } ?? []
    } else {
      let own = load.shared.value(of: keeper) { BlockContent(keeper.lent.value) }
      content = own.handlers
      awaitedHandler = nil
      promptHandlers = own.promptHandlers
    }
    steps = LocationSteps([
      (.entry, !shared.entry.isEmpty), (.script, !script.isEmpty),
      (.preparation, !shared.preparation.isEmpty), (.preaccess, !shared.preaccess.isEmpty),
      (.access, !shared.access.isEmpty),
      (.precontent, !precontent.isEmpty), (.limitExcept, limitExcept != nil),
      (.headerFilters, !shared.filtersAreForSelectable),
    ])
  }
}

extension Location {
  /// Changes the head of a response; see ``headerFilters``.
  func filterHead(of exchange: Exchange) throws(Failure) {
    if exchange.isSubrequest {
      for filter in subrequestFilters { try filter.filter(exchange) }
    } else if steps.contains(.headerFilters) || exchange.response.isSelectable {
      for index in headerFilters.indices { try headerFilters[index].filter(exchange) }
    }
  }

  /// The upstream request whose answer is that of the location; nil where the handlers must be
  /// asked otherwise.
  @inline(__always)
  func upstreamRequest(for exchange: Exchange) throws(Failure) -> UpstreamRequest? {
    try awaitedHandler?.request(for: exchange)
  }

  /// Whether the location is the block of an `if` or of `limit_except`.
  var isConditional: Bool {
    if case .conditional = kind { true } else { false }
  }
}

/// The block of `limit_except`.
package struct LimitExcept: Sendable {
  /// The methods that the block does not concern.
  package let methods: [ByteString]

  /// What holds for all other methods.
  package let location: Location
}
