import Bytes
import Config

extension CoreSettings {
  /// How long connections live and what ends them.
  static let connectionDirectives: [Directive] = [
    Directive(
      "client_header_timeout", .time, sets: .core.clientHeaderTimeout, in: serverLevels,
      "How long a client may take to send a request head."),
    Directive(
      "client_body_timeout", .time, sets: .core.clientBodyTimeout, in: levels,
      "The longest silence between two reads of a request body; then 408."),
    Directive(
      "send_timeout", .time, sets: .core.sendTimeout, in: levels,
      "How long a client may take nothing of a response before the connection is closed."),
    Directive(
      "keepalive_timeout", "timeout [header_timeout]", count: 1...2, in: levels,
      "How long an idle connection stays open; 0 closes it after each response.",
      apply: readKeepaliveTimeout
    ).with(defaultText: "75s"),
    Directive(
      "keepalive_disable", .flagSet(KeepaliveDisabled.words), sets: .core.keepaliveDisabled,
      in: levels, "Browsers whose connections are closed after a response."
    ).with(defaultText: "msie6"),
    Directive(
      "keepalive_requests", .number, sets: .core.keepaliveRequests, in: levels,
      "The number of requests after which a connection is closed."),
    Directive(
      "keepalive_time", .time, sets: .core.keepaliveTime, in: levels,
      "The age at which a connection is closed after its current request."),
    Directive(
      "lingering_close", .keyword, sets: .core.lingering, in: levels,
      "Whether data that a client still sends is read before its connection is closed."),
    Directive(
      "lingering_time", .time, sets: .core.lingeringTime, in: levels,
      "How long data is read in all before a connection is closed."),
    Directive(
      "lingering_timeout", .time, sets: .core.lingeringTimeout, in: levels,
      "How long more data is awaited before a connection is closed."),
    Directive(
      "reset_timedout_connection", .flag, sets: .core.resetsTimedOutConnections, in: levels,
      "Whether a connection that timed out is reset, which frees its memory at once."),
    Directive(
      "tcp_nodelay", .flag, sets: .core.isNoDelay, in: levels,
      "Whether small writes leave at once, without the kernel waiting for more; that of the "
        + "address's default server counts for all its connections."),
    Directive(
      "limit_rate", .sizeValue("rate"), sets: .core.limitRate, in: levels.union(.ifInLocation),
      "The most bytes that a response may take in a second; 0 for no limit."
    ).with(defaultText: "0"),
    Directive(
      "limit_rate_after", .sizeValue("size"), sets: .core.limitRateAfter,
      in: levels.union(.ifInLocation),
      "How much of a response is sent before `limit_rate` counts."
    ).with(defaultText: "0"),
  ]

  @Sendable private static func readKeepaliveTimeout(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("keepalive_timeout", by: statement)
    guard let timeout = Units.milliseconds(statement.arguments[0].text) else {
      throw .invalidValue(of: statement)
    }
    level.settings.core.keepaliveTimeout = .milliseconds(timeout)
    level.settings.core.announcedKeepaliveTimeout = nil
    guard statement.arguments.count == 2 else { return }
    guard let seconds = Units.seconds(statement.arguments[1].text) else {
      throw .invalidValue(of: statement, word: statement.arguments[1])
    }
    level.settings.core.announcedKeepaliveTimeout = seconds > 0 ? .seconds(seconds) : nil
  }
}

extension ArgumentType where Value == SizeValue {
  /// A number of bytes that may contain variables.
  static func sizeValue(_ syntax: String) -> Self {
    Self(syntax) { (statement, level) throws(Diagnostic) in
      let template = try level.template(statement.arguments[0], of: statement)
      guard let constant = template.constant else { return .template(template) }
      guard let size = Units.size(constant) else { throw .invalidValue(of: statement) }
      return .constant(size)
    }
  }
}
