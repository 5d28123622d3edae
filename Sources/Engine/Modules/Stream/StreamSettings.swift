import Bytes
import Config

/// The settings of `ngx_stream_proxy_module`, and those of `ngx_stream_core_module` that `http`
/// does not have; initial values are the directives' defaults.
package struct StreamSettings: Sendable {
  /// How long a proxy may take to tell the client's address.
  var proxyProtocolTimeout = TimeSpan.seconds(30)

  var connectTimeout = TimeSpan.seconds(60)

  /// How long a session may be silent in both directions.
  var timeout = TimeSpan.seconds(600)

  /// How many bytes of a direction are on their way at most.
  var bufferSize = 16_384

  /// Whether another server is tried where one cannot be connected to.
  var triesNext = true

  /// How many servers are tried, and for how long; 0 sets no limit.
  var nextTries = 0
  var nextTimeout = TimeSpan.zero

  /// Whether the server is told the client's address first.
  var sendsProxyProtocol = false

  /// Whether one side may go on when the other one has ended.
  var isHalfClosable = false

  /// Whether the system probes idle connections to servers.
  var keepsAlive = false

  /// The local address of connections to servers; nil leaves it to the system.
  var localAddress: Template?

  package init() {}
}

extension StreamSettings {
  private static let levels = StreamBlock.levels

  static let coreDirectives: [Directive] = [
    Directive(
      "tcp_nodelay", .flag, sets: .core.isNoDelay, in: levels,
      "Whether small writes leave at once, without the kernel waiting for more."),
    Directive(
      "proxy_protocol_timeout", .time, sets: .stream.proxyProtocolTimeout, in: levels,
      "How long a proxy may take to tell the client's address."),
    Directive(
      withoutEffect: "preread_buffer_size", .size, in: levels,
      "Nothing is read ahead of the server."),
    Directive(
      withoutEffect: "preread_timeout", .time, in: levels, "Nothing is read ahead of the server."),
    Directive(
      withoutEffect: "variables_hash_max_size", .number, in: .stream,
      "Variables are numbered when the configuration is read."),
    Directive(
      withoutEffect: "variables_hash_bucket_size", .number, in: .stream,
      "Variables are numbered when the configuration is read."),
  ]

  static let proxyDirectives: [Directive] = [
    Directive(
      "proxy_connect_timeout", .time, sets: .stream.connectTimeout, in: levels,
      "The longest time that connecting to a server may take."),
    Directive(
      "proxy_timeout", .time, sets: .stream.timeout, in: levels,
      "How long a session may be silent in both directions before it is closed."),
    Directive(
      "proxy_buffer_size", .size, sets: .stream.bufferSize, in: levels,
      "How many bytes are read at once, and wait for the other side at most."),
    Directive(
      "proxy_bind", .localAddress, sets: .stream.localAddress, in: levels,
      "The local address that connections to servers come from."),
    Directive(
      "proxy_socket_keepalive", .flag, sets: .stream.keepsAlive, in: levels,
      "Whether the system probes idle connections to servers."),
    Directive(
      "proxy_protocol", .flag, sets: .stream.sendsProxyProtocol, in: levels,
      "Whether the server is told the client's address first, with the PROXY protocol."),
    Directive(
      "proxy_half_close", .flag, sets: .stream.isHalfClosable, in: levels,
      "Whether one side may go on sending when the other one has ended."),
    Directive(
      "proxy_next_upstream", .flag, sets: .stream.triesNext, in: levels,
      "Whether another server of the group is tried where one cannot be connected to."),
    Directive(
      "proxy_next_upstream_tries", .number, sets: .stream.nextTries, in: levels,
      "How many servers are tried for a session; 0 sets no limit."),
    Directive(
      "proxy_next_upstream_timeout", .time, sets: .stream.nextTimeout, in: levels,
      "How long other servers are tried for a session; 0 sets no limit."),
  ]
}

/// The `upstream` block of `stream` and the `server` inside it.
enum StreamUpstreamBlock {
  static let directives: [Directive] = [
    UpstreamBlock.block(
      in: .stream, "Defines a group of servers, to which proxy_pass passes sessions by its name."),
    Directive(
      "server",
      "address:port [weight=number] [max_conns=number] [max_fails=number] [fail_timeout=time] "
        + "[backup] [down]", count: 1...Int.max, in: .upstreamInStream,
      "A server of the group: its address or name, its share of sessions and its limits."
    ) { (statement, level) throws(Diagnostic) in
      guard let draft = level.upstream else { throw .notAllowedHere(statement) }
      var parser = UpstreamServerParser(statement, method: draft.method, isForHTTP: false)
      try parser.readParameters()
      draft.servers.append(try parser.server(level, defaultPort: 0))
    },
    UpstreamBlock.zone(in: .upstreamInStream),
  ]
}
