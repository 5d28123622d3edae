public import Bytes
import CLinux

/// The time of day, read at most once in each turn of a loop.
///
/// The texts are built when they are first asked for in a second. Confined to one loop.
public final class WallClock {
  private var isStale = true
  private var time: UInt64 = 0
  private var secondOfTexts: UInt64 = .max
  private var texts = Texts()

  /// That of ``httpDate``, where appending it counts no references.
  private let httpDateText = ByteBuffer(capacity: 32)

  private struct Texts {
    var httpDate = ByteString()
    var logTime = ByteString()
    var iso8601 = ByteString()
    var errorLogTime = ByteString()
  }

  /// A clock that reads the time when it is first asked.
  public init() {}

  /// Milliseconds since 1970, in UTC.
  public var milliseconds: UInt64 {
    if isStale {
      time = linux_milliseconds(CLOCK_REALTIME)
      isStale = false
    }
    return time
  }

  /// Whole seconds since 1970, in UTC.
  public var seconds: UInt64 { milliseconds / 1_000 }

  /// The date as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
  public var httpDate: ByteString {
    refreshTexts()
    return texts.httpDate
  }

  /// Appends ``httpDate``.
  public func appendHTTPDate(to output: ByteBuffer) {
    refreshTexts()
    output.append(httpDateText, in: 0..<httpDateText.count)
  }

  /// The local time of access logs, `06/Nov/1994:08:49:37 +0000`.
  public var logTime: ByteString {
    refreshTexts()
    return texts.logTime
  }

  /// The local time in ISO 8601, `1994-11-06T08:49:37+00:00`.
  public var iso8601: ByteString {
    refreshTexts()
    return texts.iso8601
  }

  /// The local time of error logs, `1994/11/06 08:49:37`.
  public var errorLogTime: ByteString {
    refreshTexts()
    return texts.errorLogTime
  }

  /// Makes the next question read the clock again.
  public func expire() { isStale = true }

  private func refreshTexts() {
    let second = seconds
    guard second != secondOfTexts else { return }
    texts = WallClock.texts(of: second)
    httpDateText.clear()
    httpDateText.append(texts.httpDate)
    secondOfTexts = second
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// A date of HTTP for any second since 1970, as for `Last-Modified`.
  public static func httpDate(of second: UInt64) -> ByteString {
    var time = time_t(second)
    var utc = tm()
    gmtime_r(&time, &utc)
    let day = "\(days[Int(utc.tm_wday)]), \(two(utc.tm_mday)) \(months[Int(utc.tm_mon)])"
    return ByteString("\(day) \(utc.tm_year + 1900) \(clockText(utc)) GMT")
  }

  private static func texts(of second: UInt64) -> Texts {
    var time = time_t(second)
    var local = tm()
    localtime_r(&time, &local)
    let minutes = abs(local.tm_gmtoff) / 60
    let sign = local.tm_gmtoff < 0 ? "-" : "+"
    let (year, month, day) = ("\(local.tm_year + 1900)", two(local.tm_mon + 1), two(local.tm_mday))
    let (hourOffset, minuteOffset) = (two(CInt(minutes / 60)), two(CInt(minutes % 60)))
    let clock = clockText(local)
    let name = months[Int(local.tm_mon)]
    return Texts(
      httpDate: httpDate(of: second),
      logTime: ByteString("\(day)/\(name)/\(year):\(clock) \(sign)\(hourOffset)\(minuteOffset)"),
      iso8601: ByteString("\(year)-\(month)-\(day)T\(clock)\(sign)\(hourOffset):\(minuteOffset)"),
      errorLogTime: ByteString("\(year)/\(month)/\(day) \(clock)"))
  }

  private static func clockText(_ time: tm) -> String {
    "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec))"
  }

  private static func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
