import Bytes
import Wire

/// What the fields of a response say about keeping it, read as nginx reads them.
///
/// `X-Accel-Expires` counts more than `Cache-Control`, that more than `Expires`; a cookie keeps the
/// response out of the cache.
struct CacheFreshness: Equatable {
  /// Whether the response may be kept at all.
  var isCacheable = true

  /// Until when it is fresh, in seconds since 1970; 0 where no field says it.
  var validUntil = 0

  /// For how many seconds it may be used beyond that, while it is renewed and on errors.
  var updatingSeconds = 0
  var errorSeconds = 0

  /// The value of `Vary`; empty where there is none.
  var vary = ByteString()

  private var isForbidden = false
  private var isExpired = false
  private var hasAccelExpires = false
  private var hasExpires = false

  /// The longest value of `Vary` that is understood, in bytes.
  static let maximumVaryCount = 128

  /// - Parameters:
  ///   - now: In seconds since 1970.
  ///   - ignored: The fields that have no say.
  init(of fields: Fields, now: Int, ignoring ignored: IgnoredFields) {
    fields.forEach { line in
      switch line.known {
      case .xAccelExpires where !ignored.contains(.accelExpires):
        readAccelExpires(fields.value(of: line), now)
      case .cacheControl where !ignored.contains(.cacheControl):
        readCacheControl(fields.value(of: line).lowercased, now)
      case .expires where !ignored.contains(.expires): readExpires(fields.value(of: line), now)
      case .setCookie where !ignored.contains(.setCookie): isCacheable = false
      case .vary where !ignored.contains(.vary): readVary(fields.value(of: line))
      default: break
      }
    }
    if isForbidden || isExpired { isCacheable = false }
  }

  private mutating func readAccelExpires(_ value: ByteString, _ now: Int) {
    // nginx: the first one counts.
    guard !hasAccelExpires else { return }
    hasAccelExpires = true
    let isPointOfTime = value.hasPrefix("@")
    guard let number = (isPointOfTime ? value.dropFirst(1) : value).decimalNumber else { return }
    if number == 0, !isPointOfTime { return isCacheable = false }
    validUntil = isPointOfTime ? number : now.adding(number)
    isForbidden = false
    isExpired = false
  }

  private mutating func readCacheControl(_ value: ByteString, _ now: Int) {
    if validUntil == 0 || !hasAccelExpires {
      let refusals: [ByteString] = ["no-cache", "no-store", "private"]
      if refusals.contains(where: { value.firstRange(of: $0) != nil }) {
        return isForbidden = true
      }
      switch value.seconds(of: "s-maxage=") ?? value.seconds(of: "max-age=") {
      case .number(0): return isForbidden = true
      case .number(let seconds):
        validUntil = now.adding(seconds)
        isExpired = false
      case .invalid: return isCacheable = false
      case nil: break
      }
    }
    readExtensions(value)
  }

  /// RFC 5861.
  private mutating func readExtensions(_ value: ByteString) {
    switch value.seconds(of: "stale-while-revalidate=") {
    case .number(let seconds): (updatingSeconds, errorSeconds) = (seconds, seconds)
    case .invalid: return isCacheable = false
    case nil: break
    }
    switch value.seconds(of: "stale-if-error=") {
    case .number(let seconds): errorSeconds = seconds
    case .invalid: isCacheable = false
    case nil: break
    }
  }

  private mutating func readExpires(_ value: ByteString, _ now: Int) {
    guard !hasExpires else { return }
    hasExpires = true
    guard validUntil == 0 else { return }
    guard let time = HTTPDate.parse(value), time >= now else { return isExpired = true }
    validUntil = time
  }

  private mutating func readVary(_ value: ByteString) {
    vary = vary.isEmpty ? value : vary + ", " + value
    // RFC 9110, section 12.5.5: a list with "*" never matches. nginx: only a value of "*" alone.
    let names = value.split(on: UInt8(ascii: ",")).map {
      $0.bytes.filter { $0 != ASCII.space && $0 != UInt8(ascii: "\t") }
    }
    if names.contains([UInt8(ascii: "*")]) || vary.count > CacheFreshness.maximumVaryCount {
      isCacheable = false
    }
  }
}

/// The number behind a directive of `Cache-Control`.
private enum DeltaSeconds {
  case number(Int)
  case invalid
}

extension ByteString {
  /// The number behind a text that stands anywhere in the string; too large ones become the
  /// largest.
  fileprivate func seconds(of text: ByteString) -> DeltaSeconds? {
    guard let place = firstRange(of: text) else { return nil }
    var number = 0
    for byte in bytes[place.upperBound...] {
      if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == ASCII.space { break }
      guard let digit = ASCII.digit(byte) else { return .invalid }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      number = isTooLarge ? Int.max : product.adding(digit)
    }
    return .number(number)
  }
}

extension Int {
  /// The sum; the largest number where it would be beyond that.
  func adding(_ other: Int) -> Int {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? .max : sum
  }
}
