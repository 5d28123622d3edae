import Bytes
import CLinux
import Sockets

/// A variable of `stream`, or a family of them: name, manual and value, in one row.
///
/// `http` has variables of its own, which requests have; names become numbers in the same way.
struct StreamVariable: Sendable {
  /// Appends the value; false where there is none.
  typealias Evaluate = @Sendable (_ session: StreamSession, _ output: ByteBuffer) -> Bool

  /// What gives the name a number; its value is none.
  let row: Variable

  private let evaluator: @Sendable (_ rest: ByteString) -> Evaluate

  /// A variable of one name.
  init(
    _ name: String, _ summary: String, value: @escaping @Sendable (StreamSession) -> ByteString?
  ) {
    row = Variable(writing: name, summary) { _, _ in false }
    evaluator = { _ in
      { session, output in
        guard let value = value(session) else { return false }
        output.append(value)
        return true
      }
    }
  }

  /// A family of variables; the closure gets the rest of the name.
  init(
    family name: String, _ summary: String,
    value: @escaping @Sendable (StreamSession, _ rest: ByteString) -> ByteString?
  ) {
    row = Variable(family: name, summary) { _, _, _ in false }
    evaluator = { rest in
      { session, output in
        guard let value = value(session, rest) else { return false }
        output.append(value)
        return true
      }
    }
  }

  /// Every variable of `stream`.
  static let all = Modules.all.flatMap(\.streamVariables)

  /// What gives the variable of a name its value; one without value where there is none.
  static func evaluate(_ name: ByteString) -> Evaluate {
    let single = all.first { !$0.row.isFamily && ByteString($0.row.name) == name }
    if let single { return single.evaluator(name) }
    let families = all.filter(\.row.isFamily)
    guard let family = families.first(where: { name.hasPrefix(ByteString($0.row.name)) }) else {
      return { _, _ in false }
    }
    return family.evaluator(name.dropFirst(family.row.name.utf8.count))
  }
}

extension StreamVariable {
  /// What `ngx_stream_core_module` and `ngx_stream_log_module` tell.
  static let ofSession = ofAddresses + ofProgress + ofProgram

  private static let ofAddresses: [StreamVariable] = [
    StreamVariable("remote_addr", "The client's address.") { $0.peerAddress.hostText },
    StreamVariable("binary_remote_addr", "The client's address as 4 or 16 bytes.") {
      $0.peerAddress.binary
    },
    StreamVariable("remote_port", "The client's port.") { $0.peerAddress.portText },
    StreamVariable("server_addr", "The address that the client connected to.") { session in
      session.localAddress.map { $0.isUnix ? $0.text : $0.hostText }
    },
    StreamVariable("server_port", "The port that the client connected to.") {
      $0.localAddress?.portText
    },
    StreamVariable("proxy_protocol_addr", "The client's address that the PROXY protocol tells.") {
      $0.proxiedAddresses?.source.hostText ?? ""
    },
    StreamVariable("proxy_protocol_port", "The client's port that the PROXY protocol tells.") {
      $0.proxiedAddresses?.source.portText ?? ""
    },
    StreamVariable(
      "proxy_protocol_server_addr", "The server's address that the PROXY protocol tells."
    ) { $0.proxiedAddresses?.destination.hostText ?? "" },
    StreamVariable(
      "proxy_protocol_server_port", "The server's port that the PROXY protocol tells."
    ) { $0.proxiedAddresses?.destination.portText ?? "" },
    StreamVariable(
      family: "proxy_protocol_tlv_", "What the PROXY protocol tells besides, as for `http`."
    ) { session, name in
      session.proxiedAddresses?.value(named: name) { session.logError(.error, $0) }
    },
  ]

  private static let ofProgress: [StreamVariable] = [
    StreamVariable("protocol", "`TCP`.") { _ in "TCP" },
    StreamVariable(
      "status",
      "How the session ended: 200; 400 for data that is none; 403 for a client that is kept out; "
        + "500; or 502 where no server could be connected to."
    ) { ByteString(decimal: $0.status) },
    StreamVariable("bytes_sent", "The bytes that the client was sent.") {
      ByteString(decimal: $0.sentCount)
    },
    StreamVariable("bytes_received", "The bytes that the client has sent.") {
      ByteString(decimal: $0.receivedCount)
    },
    StreamVariable("session_time", "The seconds that the session took, with milliseconds.") {
      ByteString(seconds: $0.loop.now - $0.startTime)
    },
    StreamVariable("connection", "The number of the connection.") {
      ByteString(decimal: $0.number)
    },
  ]

  private static let ofProgram: [StreamVariable] = [
    StreamVariable("nginx_version", "The version of nginx whose behaviour is followed.") { _ in
      Program.nginxVersion
    },
    StreamVariable("hostname", "The name of the machine.") { _ in Program.hostName },
    StreamVariable("pid", "The number of the worker process.") { _ in
      ByteString(decimal: Int(getpid()))
    },
    StreamVariable("msec", "The time in seconds since 1970, with milliseconds.") {
      ByteString(seconds: Milliseconds($0.loop.clock.milliseconds))
    },
    StreamVariable("time_local", "The local time in the format of access logs.") {
      $0.loop.clock.logTime
    },
    StreamVariable("time_iso8601", "The local time in the format of ISO 8601.") {
      $0.loop.clock.iso8601
    },
  ]

  /// What `ngx_stream_realip_module` tells.
  static let ofRealAddress: [StreamVariable] = [
    StreamVariable("realip_remote_addr", "The client's address before another took its place.") {
      $0.originalPeerAddress.hostText
    },
    StreamVariable("realip_remote_port", "The client's port before another took its place.") {
      $0.originalPeerAddress.portText
    },
  ]

  /// What `ngx_stream_upstream_module` tells: a value for each server that was tried.
  static let ofUpstream: [StreamVariable] = [
    ofAttempts("upstream_addr", "The addresses of the servers that were tried.") { $0.name },
    ofAttempts("upstream_bytes_sent", "The bytes sent to each server.") {
      ByteString(decimal: $0.sentCount)
    },
    ofAttempts("upstream_bytes_received", "The bytes received from each server.") {
      ByteString(decimal: $0.receivedCount)
    },
    ofAttempts("upstream_connect_time", "The seconds that connecting to each server took.") {
      $0.connectTime.map(ByteString.init(seconds:)) ?? "-"
    },
    ofAttempts("upstream_first_byte_time", "The seconds until the first byte of each server.") {
      $0.firstByteTime.map(ByteString.init(seconds:)) ?? "-"
    },
    ofAttempts("upstream_session_time", "The seconds that the session with each server took.") {
      ByteString(seconds: $0.time)
    },
  ]

  private static func ofAttempts(
    _ name: String, _ summary: String, value: @escaping @Sendable (StreamAttempt) -> ByteString
  ) -> StreamVariable {
    StreamVariable(name, summary) { session in
      guard let first = session.attempts.first else { return nil }
      return session.attempts.dropFirst().reduce(into: value(first)) { list, attempt in
        list.append(", " + value(attempt))
      }
    }
  }
}

extension SocketAddress {
  /// The port as text; empty where there is none.
  fileprivate var portText: ByteString { port == 0 ? "" : ByteString(decimal: port) }
}

extension ByteString {
  /// A span of milliseconds as seconds with three decimals.
  fileprivate init(seconds milliseconds: Milliseconds) {
    let buffer = ByteBuffer(capacity: 16)
    buffer.append(seconds: Int(milliseconds))
    self = buffer.allBytes
  }
}
