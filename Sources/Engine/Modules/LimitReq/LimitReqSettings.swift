import Bytes
import Config

/// The settings of `ngx_http_limit_req_module`.
package struct LimitReqSettings: Sendable {
  /// The limits that a request must keep to, all of them.
  var limits: [RequestRateLimit] = []

  /// The status of a request that is refused.
  var status = 503

  /// The level of the log lines of refusals; those of delays are one level lower.
  var logLevel = LimitLogLevel.error

  /// Whether refusals and delays are only logged.
  var isDryRun = false

  package init() {}
}

/// The level of log lines about limits.
enum LimitLogLevel: String, Keyword {
  case info, notice, warn, error

  /// The level of a refusal.
  var refusal: LogLevel {
    switch self {
    case .info: .info
    case .notice: .notice
    case .warn: .warn
    case .error: .error
    }
  }

  /// The level of a delay.
  var delay: LogLevel {
    switch self {
    case .info, .notice: .info
    case .warn: .notice
    case .error: .warn
    }
  }
}

/// One `limit_req`.
struct RequestRateLimit: Sendable {
  let zone: RequestRateZone

  /// The requests, in thousandths, that may come too early.
  let burst: Int

  /// The requests, in thousandths, that may come too early and are not delayed; nil is all.
  let undelayed: Int?
}

extension LimitReqSettings {
  private static let levels = CoreSettings.levels

  static let directives: [Directive] = [
    Directive(
      "limit_req_zone", "key zone=name:size rate=rate", count: 3...3, in: .http,
      "A zone that remembers how often requests with a key have come.", apply: readZone),
    Directive(
      "limit_req", "zone=name [burst=number] [nodelay | delay=number]", count: 1...3, in: levels,
      "Refuses or delays requests that come more often than a zone allows.", apply: readLimit),
    Directive(
      "limit_req_status", .number(in: 400...599), sets: .limitReq.status, in: levels,
      "The status of requests that are refused."),
    Directive(
      "limit_req_log_level", .keyword, sets: .limitReq.logLevel, in: levels,
      "The level of log lines about refused requests; delays are logged one level lower."),
    Directive(
      "limit_req_dry_run", .flag, sets: .limitReq.isDryRun, in: levels,
      "Whether limits are only logged and never applied."),
  ]

  @Sendable private static func readZone(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let key = try level.template(statement.arguments[0], of: statement)
    var name: ZoneName?
    var rate: Int?
    for word in statement.arguments.dropFirst() {
      switch word.text.splitAtEquals {
      case ("zone", let value?): name = try ZoneName(value, word, of: statement)
      case ("rate", let value?):
        guard let thousandths = RequestRate.perSecond(value) else {
          throw .custom("invalid rate \"\(word.text)\"", at: statement, word: word)
        }
        rate = thousandths
      default: throw .invalidParameter(word, of: statement)
      }
    }
    guard let name else {
      throw .custom("\"limit_req_zone\" must have \"zone\" parameter", at: statement)
    }
    let zone = level.load.requestRateZone(named: name.name)
    let isNew = zone.declare(
      key: key, keyText: statement.arguments[0].text, rate: rate ?? 1000,
      byteCount: name.byteCount,
      former: level.load.options.predecessor?.requestRateZones[name.name])
    guard isNew else {
      throw .custom(
        "limit_req_zone \"\(name.name)\" is already bound to key \"\(zone.keyText)\"",
        at: statement)
    }
  }

  @Sendable private static func readLimit(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    var name: ByteString?
    var burst = 0
    var undelayed: Int? = 0
    for word in statement.arguments {
      switch word.text.splitAtEquals {
      case ("zone", let value?): name = value
      case ("burst", let value?):
        guard let number = value.decimalNumber, number > 0 else {
          throw .custom("invalid burst value \"\(word.text)\"", at: statement, word: word)
        }
        burst = number
      case ("delay", let value?):
        guard let number = value.decimalNumber, number > 0 else {
          throw .custom("invalid delay value \"\(word.text)\"", at: statement, word: word)
        }
        undelayed = number
      case ("nodelay", nil): undelayed = nil
      default: throw .invalidParameter(word, of: statement)
      }
    }
    guard let name else {
      throw .custom("\"limit_req\" must have \"zone\" parameter", at: statement)
    }
    let draft = level.load.requestRateZone(named: name)
    if level.namesUsed.insert("limit_req").inserted { level.settings.limitReq.limits = [] }
    guard !level.settings.limitReq.limits.contains(where: { $0.zone === draft.zone }) else {
      throw .duplicate(statement)
    }
    level.settings.limitReq.limits.append(
      RequestRateLimit(
        zone: draft.zone, burst: burst * 1000, undelayed: undelayed.map { $0 * 1000 }))
    level.load.checkAfterReading(draft, name, statement)
  }
}

/// The rate of requests in a configuration.
enum RequestRate {
  /// Thousandths of requests for each second, of `10r/s` or `30r/m`; nil where the text is none.
  static func perSecond(_ text: ByteString) -> Int? {
    let isPerMinute = text.hasSuffix("r/m")
    guard isPerMinute || text.hasSuffix("r/s"),
      let number = text[0..<text.count - 3].decimalNumber, number > 0
    else { return nil }
    return number * 1000 / (isPerMinute ? 60 : 1)
  }
}
