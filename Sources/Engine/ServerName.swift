package import Bytes

/// One argument of `server_name`.
package enum ServerName: Sendable {
  case exact(ByteString)
  /// `.example.com`: the name itself and everything below it.
  case domain(ByteString)
  /// `*.example.com`; the text is `.example.com`.
  case leadingWildcard(ByteString)
  /// `mail.*`; the text is `mail.`.
  case trailingWildcard(ByteString)
  case pattern(Pattern, groups: PatternGroups)
}

/// The named groups of a regular expression, which become variables when it matches.
package struct PatternGroups: Hashable, Sendable {
  private struct Named: Hashable {
    let group: Int
    let variable: Int
  }

  private let named: [Named]

  package init(_ variables: [(group: Int, variable: Int)]) {
    named = variables.map { Named(group: $0.group, variable: $0.variable) }
  }

  /// Makes a successful match the one that `$1` and the named groups show.
  package func note(_ captures: Captures, in exchange: Exchange) {
    exchange.captures = captures
    for name in named {
      exchange.setVariable(name.variable, to: captures[name.group] ?? ByteString())
    }
  }
}

/// The servers of one address, chosen by the name that the client asks for.
///
/// The rule is the one in nginx's "Server names": the exact name, then the longest wildcard
/// `*.x`, then the longest wildcard `x.*`, then the first regular expression, then the default.
package final class VirtualServers: Sendable {
  /// The server for names that no server has.
  package let defaultServer: Server

  /// Every server of the address, in file order.
  package let all: [Server]

  private let exact: NameTable<Server>
  private let leadingWildcards: NameTable<Server>
  private let trailingWildcards: NameTable<Server>
  private let patterns: PatternList<Server>

  /// Whether the default answers every name, so that none needs to be looked up.
  let hasNoNames: Bool

  /// - Parameter servers: In file order; of two servers with one name the first gets it.
  package init(defaultServer: Server, servers: [(server: Server, names: [ServerName])]) {
    var exact: [ByteString: Server] = [:]
    var leading: [ByteString: Server] = [:]
    var trailing: [ByteString: Server] = [:]
    var patterns: [PatternList<Server>.Entry] = []
    for (server, names) in servers {
      for name in names {
        switch name {
        case .exact(let text): exact[text] = exact[text] ?? server
        case .domain(let text):
          exact[text.dropFirst(1)] = exact[text.dropFirst(1)] ?? server
          leading[text] = leading[text] ?? server
        case .leadingWildcard(let text): leading[text] = leading[text] ?? server
        case .trailingWildcard(let text): trailing[text] = trailing[text] ?? server
        case .pattern(let pattern, let groups): patterns.append(.init(pattern, groups, server))
        }
      }
    }
    self.defaultServer = defaultServer
    all = servers.map(\.server)
    self.exact = NameTable(exact)
    leadingWildcards = NameTable(leading)
    trailingWildcards = NameTable(trailing)
    self.patterns = PatternList(patterns)
    hasNoNames = servers.count == 1 && patterns.isEmpty
  }

  /// Leads a request to the server of its host.
  func choose(for exchange: Exchange) {
    if !exchange.host.isEmpty || all.count > 1 { exchange.chooseServer(of: self) }
    exchange.enterServer()
  }

  /// The server that has just this name, for those who keep the list; nil where none has.
  func server(named host: ByteString) -> Lent<Server>? { exact[host] }

  /// Returns the server for a host name in lower case, without port, for those who keep the list.
  ///
  /// - Parameter exchange: Gets the groups of a regular expression; nil during a TLS handshake,
  ///   where there is none yet.
  package func server(
    forHost host: ByteString, memory: MatchMemory, exchange: Exchange?
  ) -> Lent<Server> {
    if hasNoNames { return Lent(defaultServer) }
    return server(named: host) ?? server(forUnnamed: host, memory: memory, exchange: exchange)
  }

  /// The same for a host that no server has as its name.
  func server(
    forUnnamed host: ByteString, memory: MatchMemory, exchange: Exchange?
  ) -> Lent<Server> {
    if let server = server(byWildcard: host.bytes.span) { return server }
    return patterns.firstMatch(of: host, in: memory, for: exchange) ?? Lent(defaultServer)
  }

  private func server(byWildcard host: Span<UInt8>) -> Lent<Server>? {
    let dot = UInt8(ascii: ".")
    if !leadingWildcards.isEmpty {
      for index in host.indices where host[index] == dot {
        if let server = leadingWildcards.find(host.extracting(index..<host.count)) { return server }
      }
    }
    if !trailingWildcards.isEmpty {
      for index in host.indices.reversed() where host[index] == dot {
        if let server = trailingWildcards.find(host.extracting(0..<index + 1)) { return server }
      }
    }
    return nil
  }
}
