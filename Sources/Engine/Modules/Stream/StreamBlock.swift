import Bytes
import Config
import Sockets

/// `stream`, its `server`, and what a server does with its sessions.
enum StreamBlock {
  /// Where most directives of `stream` may stand.
  static let levels: Contexts = [.stream, .serverInStream]

  static let directives: [Directive] = [
    Directive(
      block: "stream", "", count: 0...0, in: .main,
      "Holds the servers that pass on connections of any protocol over TCP.", apply: readStream),
    Directive(
      block: "server", "", count: 0...0, in: .stream,
      "Holds the configuration of a server of connections.", apply: readServer),
    Directive(
      "listen",
      "address:port | port | unix:path [default_server] [proxy_protocol] [backlog=number] "
        + "[rcvbuf=size] [sndbuf=size] [deferred] [bind] [reuseport] [fastopen=number] "
        + "[ipv6only=on|off] [so_keepalive=on|off|idle:interval:count]",
      count: 1...Int.max, in: .serverInStream, "An address whose connections the server takes."
    ) { (statement, level) throws(Diagnostic) in
      let parser = try ListenParser.parse(statement, level.load, isInStream: true)
      guard let server = level.streamServer else { return }
      try server.listens.append(parser, &server.addresses, at: statement)
    },
    Directive(
      "proxy_pass", "address", count: 1...1, in: .serverInStream,
      "The server or the group of servers that connections are passed on to.", apply: readPass),
  ]

  static let returning = Directive(
    "return", "value", count: 1...1, in: .serverInStream,
    "A text that clients get before their connections are closed."
  ) { (statement, level) throws(Diagnostic) in
    let text = try level.template(statement.arguments[0], of: statement)
    try level.markUsed("return", by: statement)
    level.streamServer?.makeContent = { _ in .text(text) }
  }

  @Sendable private static func readStream(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("stream", by: statement)
    let inner = Level(context: .stream, load: level.load, inheriting: level.inherited)
    level.load.stream.end = statement.endOrder
    level.load.read(statement.block ?? [], into: inner)
  }

  @Sendable private static func readServer(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let server = StreamServerDraft(settings: level.settings)
    let inner = Level(
      context: .serverInStream, load: level.load, inheriting: level.inherited)
    inner.streamServer = server
    let block = statement.block ?? []
    level.load.read(block, into: inner)
    server.settings = inner.settings
    guard block.contains(where: { $0.name.text == "listen" }) else {
      // nginx finds it at the end of the block, and names the beginning.
      var problem = Diagnostic.custom("no \"listen\" is defined for server", at: statement)
      problem.order = statement.endOrder
      throw problem
    }
    level.load.stream.servers.append(server)
  }

  @Sendable private static func readPass(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let word = statement.arguments[0]
    try level.markUsed("proxy_pass", by: statement)
    guard word.text.bytes.contains(UInt8(ascii: "$")) else {
      let reference = try level.upstream(
        forAuthority: word.text, defaultPort: 0, at: statement, word: word)
      level.streamServer?.makeContent = { .group(reference.upstream(in: $0.upstreamGroups)) }
      return
    }
    let address = try level.template(word, of: statement)
    level.streamServer?.makeContent = { _ in .address(address) }
  }
}

/// The `stream` block while it is being read.
package final class StreamDraft {
  /// The rank of its closing brace in the sequence in which nginx reads; the last of all where
  /// there is no such block.
  var end = Int.max

  /// Whether there is one.
  var isThere: Bool { end != .max }

  /// The variables that it mentions.
  let variables: VariableTable

  /// Its groups of servers.
  let upstreamGroups: UpstreamGroups

  /// The formats that its `log_format` defined.
  var logFormats: [ByteString: LogFormat] = [:]

  /// Its servers in file order.
  var servers: [StreamServerDraft] = []

  init(predecessor: StreamSite?) {
    variables = VariableTable(StreamVariable.all.map(\.row))
    upstreamGroups = UpstreamGroups(
      former: predecessor?.upstreams, predecessor?.implicitUpstreams)
  }
}

/// A server of `stream` while it is being read.
package final class StreamServerDraft {
  /// Its `listen` directives, in file order.
  var listens: [ListenDraft] = []

  /// The addresses of those that were read, and where.
  var addresses: [SocketAddress: Statement] = [:]

  /// The final settings once the block has been read.
  var settings: Settings

  /// Makes what the last directive has chosen to be done with sessions; nil where none has.
  var makeContent: ((StreamDraft) -> StreamServer.Content)?

  init(settings: Settings) { self.settings = settings }
}
