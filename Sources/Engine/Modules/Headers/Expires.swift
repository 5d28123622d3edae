import Bytes
import CLinux
import Sockets
import Wire

/// How long a response may be kept; see `expires`.
enum Expires: Hashable, Sendable {
  case off
  /// A moment in the past.
  case epoch
  /// Ten years.
  case max
  /// Seconds from now; negative for the past.
  case afterAccess(Int)
  /// Seconds from the response's last modification, or from now where that is unknown.
  case afterModification(Int)
  /// The next time that the clock shows these seconds of the day, in local time.
  case daily(Int)
  /// A value with variables, read anew for each response.
  indirect case template(Template, isModified: Bool)

  enum ReadError: Error {
    case invalid
    case dailyWithModified
    case dayTooLong

    /// What stands behind the name of the directive.
    var sentence: String {
      switch self {
      case .invalid: "invalid value"
      case .dailyWithModified: "daily time cannot be used with \"modified\" parameter"
      case .dayTooLong: "daily time value must be less than 24 hours"
      }
    }
  }

  private static let words: [(text: ByteString, value: Expires)] = [
    ("off", .off), ("epoch", .epoch), ("max", .max),
  ]

  static func read(_ text: ByteString, isModified: Bool) throws(ReadError) -> Expires {
    if !isModified, let word = words.first(where: { $0.text == text }) { return word.value }
    if text.first == UInt8(ascii: "@") {
      if isModified { throw .dailyWithModified }
      guard let time = Units.seconds(text.dropFirst(1)) else { throw .invalid }
      guard time <= 86400 else { throw .dayTooLong }
      return .daily(time)
    }
    let isNegative = text.first == UInt8(ascii: "-")
    let isSigned = isNegative || text.first == UInt8(ascii: "+")
    let rest = isSigned ? text.dropFirst(1) : text
    guard let time = Units.seconds(rest) else { throw .invalid }
    let signed = isNegative ? -time : time
    return isModified ? .afterModification(signed) : .afterAccess(signed)
  }

  /// Sets `Expires` and `Cache-Control` of a response whose head is not sent yet.
  func apply(to exchange: Exchange) {
    let now = Int(exchange.loop.clock.seconds)
    switch self {
    case .off: return
    case .epoch: set("Thu, 01 Jan 1970 00:00:01 GMT", "no-cache", exchange)
    case .max: set("Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000", exchange)
    case .afterAccess(let time): set(now + time, age: time, isPast: time < 0, exchange)
    case .afterModification(0): set(now, age: 0, isPast: false, exchange)
    case .afterModification(let time):
      let moment = (exchange.modificationTime ?? now) + time
      set(moment, age: moment - now, isPast: time < 0, exchange)
    case .daily(let time):
      let moment = Expires.nextMoment(ofDay: time, after: now)
      set(moment, age: moment - now, isPast: false, exchange)
    case .template(let template, let isModified):
      // nginx: a value that cannot be read is as good as none.
      let text = template.value(for: exchange)
      guard let value = try? Expires.read(text, isModified: isModified) else { return }
      value.apply(to: exchange)
    }
  }

  private func set(_ moment: Int, age: Int, isPast: Bool, _ exchange: Exchange) {
    let control: ByteString =
      isPast || age < 0 ? "no-cache" : "max-age=" + ByteString(decimal: age)
    set(HTTPDate.format(moment), control, exchange)
  }

  private func set(_ date: ByteString, _ control: ByteString, _ exchange: Exchange) {
    exchange.response.fields.replace(.expires, spelled: "Expires", with: date)
    exchange.response.fields.replace(.cacheControl, spelled: "Cache-Control", with: control)
  }

  /// The next moment at which the local clock shows a number of seconds since midnight.
  static func nextMoment(ofDay time: Int, after now: Int) -> Int {
    var clock = time_t(now)
    var local = tm()
    localtime_r(&clock, &local)
    local.tm_hour = CInt(time / 3600)
    local.tm_min = CInt(time % 3600 / 60)
    local.tm_sec = CInt(time % 60)
    let today = mktime(&local)
    if today > now { return today }
    // Days with a change of the clock are longer or shorter; the calendar knows.
    local.tm_mday += 1
    return mktime(&local)
  }
}

extension Exchange {
  /// The time of `Last-Modified`, whoever has set it, in seconds since 1970.
  fileprivate var modificationTime: Int? {
    response.lastModified ?? response.fields.value(of: .lastModified).flatMap(HTTPDate.parse)
  }
}
