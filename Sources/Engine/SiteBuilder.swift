import Bytes
package import Config
import Sockets

/// What became of reading a configuration.
package struct LoadResult {
  /// nil where there were errors.
  package let site: Site?

  /// Everything that was found, errors and warnings, in the order in which nginx would meet them.
  package let diagnostics: [Diagnostic]

  /// What is known of the main level, even where there were errors.
  package let main: MainSettings
}

extension Load {
  /// Makes a site of a configuration.
  package static func site(
    from configuration: ParsedConfiguration, options: LoadOptions
  ) -> LoadResult {
    let load = Load(options: options)
    let main = Level(context: .main, load: load, inheriting: Inherited(Settings()))
    let statements = configuration.globalStatements + Snippet.completed(configuration.statements)
    if !statements.contains(where: { $0.name.text == "error_log" }) {
      main.settings.core.errorLogs = [load.standardErrorLog]
    }
    main.settings.main.pidFile = main.pathBelowPrefix(main.settings.main.pidFile)
    main.settings.core.clientBodyTempPath = main.pathBelowPrefix(
      main.settings.core.clientBodyTempPath)
    load.httpSettings.core.clientBodyTempPath = main.settings.core.clientBodyTempPath
    load.mainFile = configuration.files.first?.path ?? ""
    load.startOfBlocks = statements.first { $0.block != nil }?.order ?? .max
    load.read(statements, into: main)
    load.finishReading()
    load.loopCount = min(main.settings.main.loopCount, options.maximumLoopCount)
    let site = SiteBuilder(load: load, main: main.settings).build()
    load.checkSections(statements, configuration)
    load.warnOfSuspiciousWords(in: configuration)
    let advice = FileAdvice(options: options)
    let diagnostics = (configuration.diagnostics.map(advice.advising) + load.diagnostics)
      .inOrderOfNginx.withoutThoseOfUnopenedBlocks
    let hasErrors = diagnostics.contains { $0.severity.isError }
    return LoadResult(
      site: hasErrors ? nil : site, diagnostics: diagnostics, main: main.settings.main.value)
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
    let servers = load.servers.map { (draft: $0, server: server($0)) }
    let listeners = listenPoints(servers)
    let stream = StreamBuilder(load: load).build(beside: listeners)
    let (variables, diagnostics) = load.variables.resolve(hasServers: !servers.isEmpty)
    for diagnostic in diagnostics { load.report(diagnostic, in: .variables) }
    return Site(
      main: main.main.value, listeners: listeners, variables: variables, logFiles: load.logFiles,
      errorLogs: main.core.errorLogs,
      settings: load.httpSettings, upstreams: load.upstreamGroups.built,
      implicitUpstreams: load.upstreamGroups.implicit, connectionOwners: load.connectionOwners,
      requestRateZones: load.requestRateZones.mapValues(\.zone),
      connectionZones: load.connectionZones.mapValues(\.zone), ticketKeys: load.ticketKeys,
      cacheZones: load.cacheZones.compactMapValues(\.zone),
      stream: stream)
  }

  private func server(_ draft: ServerDraft) -> Server {
    let own = draft.location.built(by: load)
    return Server(
      name: draft.names.first?.shownName ?? ByteString(), location: own,
      locations: own.nested ?? LocationMatcher([]),
      tls: ServerTLS.make(for: draft, load), names: draft.names)
  }

  // MARK: - Addresses

  private func listenPoints(_ servers: [(draft: ServerDraft, server: Server)]) -> [ListenPoint] {
    var order: [SocketAddress] = []
    var groups: [SocketAddress: [(ListenDraft, ServerDraft, Server)]] = [:]
    for (draft, server) in servers {
      for listen in draft.listens {
        if groups[listen.address] == nil { order.append(listen.address) }
        groups[listen.address, default: []].append((listen, draft, server))
      }
    }
    return order.compactMap { address in
      groups[address].flatMap { listenPoint(address, $0) }
    }
  }

  private func listenPoint(
    _ address: SocketAddress, _ group: [(ListenDraft, ServerDraft, Server)]
  ) -> ListenPoint? {
    ListenChecks(address: address, listens: group.map(\.0), load: load).run()
    ServerNameChecks(address: address, load: load).run(group.map(\.1))
    guard let first = group.first(where: \.0.isDefaultServer) ?? group.first else { return nil }
    let options = ListenOptions(of: group.map(\.0))
    if options.isTLS {
      ServerTLS.checkCertificates(default: first.1, all: group.map(\.1), load)
    }
    return ListenPoint(
      address: address, options: options,
      servers: VirtualServers(
        defaultServer: first.2, servers: group.map { ($0.2, $0.1.names) }))
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
      handler = try makeHandler?(self, load)
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
    if makeHandler == nil { makeHandler = outer.makeHandler }
    return built(by: load)
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
