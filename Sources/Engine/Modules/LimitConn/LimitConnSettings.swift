import Bytes
import Config

/// The settings of `ngx_http_limit_conn_module`.
package struct LimitConnSettings: Sendable {
  var limits: [ConnectionCountLimit] = []

  /// The status of a request that is refused.
  var status = 503

  /// The level of the log lines of refusals.
  var logLevel = ConnectionLogLevel.error

  /// Whether refusals are only logged.
  var isDryRun = false

  package init() {}
}

/// The level of log lines about connections.
enum ConnectionLogLevel: String, Keyword {
  case info, notice, warn, error

  var level: LogLevel {
    switch self {
    case .info: .info
    case .notice: .notice
    case .warn: .warn
    case .error: .error
    }
  }
}

/// One `limit_conn`.
struct ConnectionCountLimit: Sendable {
  let zone: ConnectionZone
  let maximum: Int
}

extension LimitConnSettings {
  private static let levels = CoreSettings.levels

  static let directives: [Directive] = [
    Directive(
      "limit_conn_zone", "key zone=name:size", count: 2...2, in: .http,
      "A zone that counts the requests under way with a key.", apply: readZone),
    Directive(
      "limit_conn", "zone number", count: 2...2, in: levels,
      "Refuses requests where too many with the same key are under way.", apply: readLimit),
    Directive(
      "limit_conn_status", .number(in: 400...599), sets: .limitConn.status, in: levels,
      "The status of requests that are refused."),
    Directive(
      "limit_conn_log_level", .keyword, sets: .limitConn.logLevel, in: levels,
      "The level of log lines about refused requests."),
    Directive(
      "limit_conn_dry_run", .flag, sets: .limitConn.isDryRun, in: levels,
      "Whether limits are only logged and never applied."),
  ]

  @Sendable private static func readZone(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let key = try level.template(statement.arguments[0], of: statement)
    let word = statement.arguments[1]
    guard case ("zone", let value?) = word.text.splitAtEquals else {
      throw .invalidParameter(word, of: statement)
    }
    let name = try ZoneName(value, word, of: statement)
    let zone = level.load.connectionZone(named: name.name)
    guard zone.keyText.isEmpty else {
      throw .custom(
        "limit_conn_zone \"\(name.name)\" is already bound to key \"\(zone.keyText)\"",
        at: statement)
    }
    zone.keyText = statement.arguments[0].text
    zone.zone.declare(
      key: key, keyText: zone.keyText, byteCount: name.byteCount,
      former: level.load.options.predecessor?.connectionZones[name.name])
  }

  @Sendable private static func readLimit(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let name = statement.arguments[0].text
    let draft = level.load.connectionZone(named: name)
    if level.namesUsed.insert("limit_conn").inserted { level.settings.limitConn.limits = [] }
    guard !level.settings.limitConn.limits.contains(where: { $0.zone === draft.zone }) else {
      throw .duplicate(statement)
    }
    let word = statement.arguments[1]
    guard let number = word.text.decimalNumber, number > 0 else {
      throw .custom(
        "invalid number of connections \"\(word.text)\"", at: statement, word: word)
    }
    guard number <= 65_535 else {
      throw .custom("connection limit must be less 65536", at: statement, word: word)
    }
    level.settings.limitConn.limits.append(
      ConnectionCountLimit(zone: draft.zone, maximum: number))
    level.load.afterReading(statement) { () throws(Diagnostic) in
      if draft.keyText.isEmpty { throw .unknownZone(name, statement) }
    }
  }
}
