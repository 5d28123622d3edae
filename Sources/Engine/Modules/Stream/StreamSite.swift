import Bytes
import Config
package import Sockets

/// The `stream` block, resolved: what sessions are served from.
package final class StreamSite: Sendable {
  /// Its addresses.
  package let points: [StreamPoint]

  /// The meaning of the variable numbers in its templates.
  let variables: [StreamVariable.Evaluate]

  /// The `upstream` blocks by name, in lower case, and the groups that no block declares.
  let upstreams: [ByteString: Upstream]
  let implicitUpstreams: [ImplicitUpstream: Upstream]

  init(
    points: [StreamPoint], variables: [StreamVariable.Evaluate],
    upstreams: [ByteString: Upstream], implicitUpstreams: [ImplicitUpstream: Upstream]
  ) {
    self.points = points
    self.variables = variables
    self.upstreams = upstreams
    self.implicitUpstreams = implicitUpstreams
  }
}

/// An address of `stream`, with the server that takes its connections.
package final class StreamPoint: Endpoint {
  package let address: SocketAddress
  package let options: ListenOptions
  let server: StreamServer

  init(address: SocketAddress, options: ListenOptions, server: StreamServer) {
    self.address = address
    self.options = options
    self.server = server
  }

  package var isNoDelay: Bool { server.settings.core.isNoDelay }

  package func adopt(_ stream: ByteStream, on servingLoop: ServingLoop, of former: Site?) {
    servingLoop.adopt(
      StreamSession(stream, at: self, of: former ?? servingLoop.site, on: servingLoop))
  }
}

/// A `server` block of `stream`.
final class StreamServer: Sendable {
  /// What is done with a session.
  enum Content: Sendable {
    case nothing
    /// The client gets a text.
    case text(Template)
    /// The client's bytes go to a server of a group, and the server's to the client.
    case group(Upstream)
    /// Likewise for the server or the group that the value names.
    case address(Template)
  }

  let settings: Settings
  let content: Content

  /// Which clients are let in; nil where all are.
  let access: AddressAccess?

  /// What notes finished sessions.
  let log: StreamLog?

  init(_ draft: StreamServerDraft, load: Load) {
    settings = draft.settings
    content = draft.makeContent?(load.stream) ?? .nothing
    access = AddressAccess(draft.settings.access.rules)
    log = StreamLog(draft.settings.log.value, load)
  }
}

/// Turns what was read of `stream` into what sessions are served from.
struct StreamBuilder {
  let load: Load

  /// - Parameter others: The addresses of `http`.
  /// - Returns: nil where there is no `stream`.
  func build(beside others: [SocketAddress]) -> StreamSite? {
    guard load.stream.isThere else { return nil }
    let points = points()
    refuseShared(others)
    let (variables, diagnostics) = load.stream.variables.resolve(hasServers: true)
    for diagnostic in diagnostics { load.report(diagnostic, in: .variables, isInStream: true) }
    return StreamSite(
      points: points, variables: variables.map { StreamVariable.evaluate($0.name) },
      upstreams: load.stream.upstreamGroups.built,
      implicitUpstreams: load.stream.upstreamGroups.implicit)
  }

  private typealias Member = (listen: ListenDraft, server: StreamServer)

  private func points() -> [StreamPoint] {
    var order: [SocketAddress] = []
    var groups: [SocketAddress: [Member]] = [:]
    for draft in load.stream.servers {
      let server = StreamServer(draft, load: load)
      for listen in draft.listens {
        if groups[listen.address] == nil { order.append(listen.address) }
        groups[listen.address, default: []].append((listen, server))
      }
    }
    return order.compactMap { address in groups[address].flatMap { point(address, $0) } }
  }

  private func point(_ address: SocketAddress, _ group: [Member]) -> StreamPoint? {
    let listens = group.map(\.listen)
    ListenChecks(address: address, listens: listens, load: load).refuseContradictions()
    // Without names nothing tells the servers of an address apart.
    for _ in group.dropFirst() {
      load.report(
        .general(
          "conflicting server name \"\" on \(address.text), ignored", severity: .warning),
        in: .serverNames, isInStream: true)
    }
    guard let chosen = group.first(where: \.listen.isDefaultServer) ?? group.first else {
      return nil
    }
    return StreamPoint(
      address: address, options: ListenOptions(of: listens), server: chosen.server)
  }

  /// One socket cannot speak HTTP and not speak it.
  private func refuseShared(_ others: [SocketAddress]) {
    let taken = Set(others)
    for listen in load.stream.servers.flatMap(\.listens) where taken.contains(listen.address) {
      load.report(
        .custom(
          "\"http\" listens on \(listen.address.text) already", at: listen.statement,
          word: listen.statement.arguments.first))
    }
  }
}
