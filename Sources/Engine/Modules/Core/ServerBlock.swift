import Bytes
import Config
import Sockets

/// `server`, `listen` and `server_name`.
enum ServerBlock {
  static let directives: [Directive] = [
    Directive(
      block: "server", "", count: 0...0, in: .http,
      "Holds the configuration of a virtual server.", apply: readServer),
    Directive(
      "listen",
      "address[:port] | port | unix:path [default_server] [ssl] [http2] [proxy_protocol] "
        + "[backlog=number] [rcvbuf=size] [sndbuf=size] [deferred] [bind] [reuseport] "
        + "[fastopen=number] [ipv6only=on|off] [so_keepalive=on|off|idle:interval:count]",
      count: 1...Int.max, in: .server, "An address that the server answers on.", apply: readListen),
    Directive(
      "server_name", "name ...", count: 1...Int.max, in: .server,
      "The host names of the server: exact, with a wildcard, or a regular expression.",
      apply: readNames),
  ]

  @Sendable private static func readServer(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let own = LocationDraft(
      kind: .server, name: ByteString(), statement: statement, inheriting: level.inherited,
      parent: nil)
    let server = ServerDraft(statement: statement, location: own)
    let inner = Level(
      context: .server, load: level.load, inheriting: level.inherited, server: server,
      location: own)
    // Blocks inside need the settings that stand below them, so they are read second; see Load.
    level.load.read(statement.block ?? [], into: inner)
    own.inherited = inner.inherited
    if server.listens.isEmpty { server.listens = [.standard(for: statement, level.load.options)] }
    if server.names.isEmpty {
      server.names = [.exact(ByteString())]
      server.namePlaces = [statement.name.place]
    }
    level.load.servers.append(server)
  }

  @Sendable private static func readListen(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let parser = try ListenParser.parse(statement, level.load)
    guard let server = level.server else { return }
    try server.listens.append(parser, &server.addresses, at: statement)
  }

  @Sendable private static func readNames(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    for word in statement.arguments {
      level.server?.names.append(try ServerNameParser.parse(word, of: statement, level))
      level.server?.namePlaces.append(word.place)
    }
  }
}

extension [ListenDraft] {
  /// Adds what one `listen` of a server says.
  ///
  /// - Parameter known: The addresses of the server so far, and where they are.
  /// - Throws: Where the server has such an address already.
  mutating func append(
    _ parser: ListenParser, _ known: inout [SocketAddress: Statement], at statement: Statement
  ) throws(Diagnostic) {
    for address in parser.addresses {
      // nginx tells two servers with one address by their blocks, so only a block repeats itself.
      if let former = known[address] {
        throw .custom(
          "a duplicate listen \(address.text)", at: statement, word: statement.arguments[0]
        ).noting(Advice.whereFirst(former, before: statement))
      }
      known[address] = statement
      append(
        ListenDraft(
          address: address, options: parser.options, isDefaultServer: parser.isDefaultServer,
          hasSocketOptions: parser.hasSocketOptions, statement: statement))
    }
  }
}

extension ListenDraft {
  /// What a server without `listen` has: port 80, or 8000 where the program may not use that.
  fileprivate static func standard(
    for statement: Statement, _ options: LoadOptions
  ) -> ListenDraft {
    ListenDraft(
      address: SocketAddress(host: .v4(0), port: options.isSuperuser ? 80 : 8000),
      options: ListenOptions(), isDefaultServer: false, hasSocketOptions: false,
      statement: statement)
  }
}
