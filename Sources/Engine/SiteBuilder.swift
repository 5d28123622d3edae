import Bytes
package import Config
import Sockets

/// What became of reading a configuration.
package struct LoadResult<Made> {
  /// What was to be made of it; nil where there were errors.
  package let made: Made?

  /// Everything that was found, errors and warnings, in the order in which nginx would meet them.
  package let diagnostics: [Diagnostic]

  /// What is known of the main level, even where there were errors.
  package let main: MainSettings

  /// Keeps what was read: whose process ends next needs none of it freed.
  private let load: Load

  fileprivate init(
    made: Made?, diagnostics: [Diagnostic], main: MainSettings, load: Load
  ) {
    self.made = made
    self.diagnostics = diagnostics
    self.main = main
    self.load = load
  }
}

extension LoadResult where Made == Site {
  /// nil where there were errors.
  package var site: Site? { made }
}

extension Load {
  /// Makes a site of a configuration.
  package static func site(
    from configuration: ParsedConfiguration, options: LoadOptions
  ) -> LoadResult<Site> {
    let load = Load(options: options)
    return load.result(of: configuration) { SiteBuilder(load: load, main: $0).build() }
  }

  /// Looks for everything that is wrong with a configuration, as ``site(from:options:)`` does, and
  /// makes nothing that only requests need.
  package static func outline(
    of configuration: ParsedConfiguration, options: LoadOptions
  ) -> LoadResult<SiteOutline> {
    let load = Load(options: options, isForServing: false)
    return load.result(of: configuration) { SiteBuilder(load: load, main: $0).outline() }
  }

  private func result<Made>(
    of configuration: ParsedConfiguration, _ make: (Settings) -> Made
  ) -> LoadResult<Made> {
    let main = Level(context: .main, load: self, inheriting: Inherited(Settings()))
    let statements = configuration.globalStatements + Snippet.completed(configuration.statements)
    if !statements.contains(where: { $0.name.text == "error_log" }) {
      main.settings.core.errorLogs = [standardErrorLog]
    }
    main.settings.main.pidFile = main.pathBelowPrefix(main.settings.main.pidFile)
    main.settings.core.clientBodyTempPath = main.pathBelowPrefix(
      main.settings.core.clientBodyTempPath)
    httpSettings.core.clientBodyTempPath = main.settings.core.clientBodyTempPath
    mainFile = configuration.files.first?.path ?? ""
    startOfBlocks = statements.first { $0.block != nil }?.order ?? .max
    read(statements, into: main)
    finishReading()
    loopCount = min(main.settings.main.loopCount, options.maximumLoopCount)
    let made = make(main.settings)
    checkSections(statements, configuration)
    warnOfSuspiciousWords(in: configuration)
    let advice = FileAdvice(options: options)
    let diagnostics = (configuration.diagnostics.map(advice.advising) + self.diagnostics)
      .inOrderOfNginx.withoutThoseOfUnopenedBlocks
    let hasErrors = diagnostics.contains { $0.severity.isError }
    return LoadResult(
      made: hasErrors ? nil : made, diagnostics: diagnostics, main: main.settings.main.value,
      load: self)
  }
}

extension [Diagnostic] {
  /// First what nginx would meet, in that sequence; then the errors that only this program makes,
  /// and behind those what is checked at the end of `http`, since it may follow from them.
  fileprivate var inOrderOfNginx: Self {
    let hasOwn = contains { $0.isOnlyOurs && $0.severity.isError }
    let keyed = enumerated().map { (offset, diagnostic) in
      let isError = hasOwn && diagnostic.severity.isError
      let rank = !isError ? 0 : diagnostic.isOnlyOurs ? 1 : diagnostic.step > 0 ? 2 : 0
      return (key: (rank, diagnostic.order, diagnostic.step, offset), diagnostic)
    }
    return keyed.sorted { $0.key < $1.key }.map(\.1)
  }
}

extension Load {
  /// Reports a configuration that is no snippet and lacks what nginx wants of every whole one.
  fileprivate func checkSections(
    _ statements: [Statement], _ configuration: ParsedConfiguration
  ) {
    let hasErrors = hasErrors || configuration.diagnostics.contains { $0.severity.isError }
    let names = Set(configuration.statements.map(\.name.text))
    guard !hasErrors, !names.contains("events") else { return }
    let sentence = Diagnostic.general("no \"events\" section in configuration")
    if let world = ["http", "stream"].first(where: { names.contains(ByteString($0)) }) {
      report(sentence.noting("write \"events { }\" above \"\(world)\""))
    } else if !statements.contains(where: { $0.name.text == "http" }) {
      let file = configuration.files.first?.path ?? ""
      report(
        sentence.noting(
          "there is no \(names.isEmpty ? "directive" : "block of servers") in \(file)"))
    }
  }
}

/// Turns what was read into the immutable objects that requests are served from.
struct SiteBuilder {
  let load: Load
  let main: Settings

  func build() -> Site {
    load.reportInherited()
    let servers = load.servers.map(server)
    let listeners = ListenGroup.all(of: load).map { group in
      ListenPoint(
        address: group.address, options: group.options,
        servers: VirtualServers(
          defaultServer: servers[group.defaultServer],
          servers: group.members.map { (servers[$0.server], load.servers[$0.server].names) }))
    }
    let stream = StreamBuilder(load: load).build(beside: listeners.map(\.address))
    return Site(
      main: main.main.value, listeners: listeners, variables: resolvedVariables(),
      logFiles: load.logFiles,
      errorLogs: main.core.errorLogs,
      settings: load.httpSettings, upstreams: load.upstreamGroups.built,
      implicitUpstreams: load.upstreamGroups.implicit, connectionOwners: load.connectionOwners,
      requestRateZones: load.requestRateZones.mapValues(\.zone),
      connectionZones: load.connectionZones.mapValues(\.zone), ticketKeys: load.ticketKeys,
      cacheZones: load.cacheZones.compactMapValues(\.zone),
      stream: stream)
  }

  /// The meaning of all variables; what has none is reported.
  func resolvedVariables() -> [ResolvedVariable] {
    let (variables, diagnostics) = load.variables.resolve(hasServers: !load.servers.isEmpty)
    for diagnostic in diagnostics { load.report(diagnostic, in: .variables) }
    return variables
  }

  private func server(_ draft: ServerDraft) -> Server {
    let own = draft.location.built(by: load)
    return Server(
      name: draft.names.first?.shownName ?? ByteString(), location: own,
      locations: own.nested ?? LocationMatcher([]),
      tls: ServerTLS.make(for: draft, load), names: draft.names)
  }
}

/// The servers of an address.
struct ListenGroup {
  /// A `listen` directive with the number of its server, in file order.
  typealias Member = (listen: ListenDraft, server: Int)

  let address: SocketAddress
  let members: [Member]

  /// The number of the server that takes requests that name no other.
  let defaultServer: Int
  let options: ListenOptions

  /// The groups of all addresses, in file order; what is wrong with them is reported.
  static func all(of load: Load) -> [ListenGroup] {
    var order: [SocketAddress] = []
    var groups: [SocketAddress: [Member]] = [:]
    for (number, server) in load.servers.enumerated() {
      for listen in server.listens {
        if groups[listen.address] == nil { order.append(listen.address) }
        groups[listen.address, default: []].append((listen, number))
      }
    }
    return order.compactMap { address in
      groups[address].flatMap { ListenGroup(address, $0, load) }
    }
  }

  private init?(_ address: SocketAddress, _ members: [Member], _ load: Load) {
    let (listens, servers) = (members.map(\.listen), members.map { load.servers[$0.server] })
    ListenChecks(address: address, listens: listens, load: load).run()
    ServerNameChecks(address: address, load: load).run(servers)
    let chosen = listens.firstIndex(where: \.isDefaultServer) ?? 0
    guard members.indices.contains(chosen) else { return nil }
    self.address = address
    self.members = members
    defaultServer = members[chosen].server
    options = ListenOptions(of: listens)
    if options.isTLS {
      ServerTLS.checkCertificates(default: servers[chosen], all: servers, load)
    }
  }
}

extension ListenOptions {
  /// The options of one address: the socket's are those of the one `listen` that has any, the
  /// protocols are those of all.
  init(of listens: [ListenDraft]) {
    self = (listens.first(where: \.hasSocketOptions) ?? listens[0]).options
    isTLS = listens.contains(where: \.options.isTLS)
    isHTTP2 = listens.contains(where: \.options.isHTTP2)
    hasProxyProtocol = listens.contains(where: \.options.hasProxyProtocol)
  }
}

extension LocationDraft {
  /// The finished location with everything inside it.
  package func built(by load: Load) -> Location {
    load.checkBuffers(of: self)
    load.shared.share(&inherited)
    var handler: (any Handler)?
    do {
      handler = try choice?.makeHandler(for: self, load)
    } catch {
      load.report(error, in: .passing)
    }
    let nested = children.isEmpty ? nil : LocationMatcher(children.map { $0.built(by: load) })
    let exception = limitExcept.map {
      LimitExcept(methods: $0.methods, location: $0.location.inheritingHandler(of: self, load))
    }
    return Location(
      draft: self, handler: handler, nested: nested, limitExcept: exception, load: load)
  }

  /// The finished block of an `if` or `limit_except`, which has its location's handler where it
  /// has none of its own.
  package func inheritingHandler(of outer: LocationDraft, _ load: Load) -> Location {
    inheritChoice(of: outer)
    return built(by: load)
  }

  /// Takes the handler of the location around it where the block has none of its own.
  func inheritChoice(of outer: LocationDraft) {
    if choice == nil { choice = outer.choice }
  }
}

extension ServerName {
  /// How `$server_name` shows the name.
  var shownName: ByteString {
    switch self {
    case .exact(let text): text
    case .domain(let text): text.dropFirst(1)
    case .leadingWildcard(let text): ByteString("*") + text
    case .trailingWildcard(let text): text + ByteString("*")
    case .pattern(let pattern, _): ByteString("~") + pattern.source
    }
  }
}
