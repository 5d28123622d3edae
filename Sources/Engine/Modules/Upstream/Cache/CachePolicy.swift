import Bytes
import Sockets
import Wire

/// How a location uses a cache: made once, at load.
final class CachePolicy: Sendable {
  let settings: CacheSettings

  /// The fields of responses that have no say.
  let ignoredFields: IgnoredFields

  /// Whether `HEAD` is sent as `GET`; FastCGI has no method but that of the parameters.
  let convertsHead: Bool

  /// The cache, where the configuration names it without variables.
  private let zone: CacheZone?

  /// Its name where it has variables, and the caches that it may name.
  private let name: Template?
  private let zones: [ByteString: CacheZone]

  /// The fields of requests that would have a server send less than the whole response.
  static let partialFields: KnownFieldSet = [
    .ifModifiedSince, .ifUnmodifiedSince, .ifNoneMatch, .ifMatch, .range, .ifRange,
  ]

  /// The longest key, in bytes; nginx: it must fit into the buffer of the head.
  private let maximumKeyCount: Int

  /// nil where the location has no cache, or FastCGI no key: there is none that could go without
  /// saying.
  init?(_ settings: UpstreamSettings, prefix: String, load: Load) {
    if prefix == "fastcgi", settings.cache.key == nil { return nil }
    self.settings = settings.cache
    ignoredFields = settings.ignoredFields
    convertsHead = prefix == "proxy" && settings.cache.convertsHead
    maximumKeyCount = min(StoredHead.maximumKeyCount, max(0, settings.bufferSize - 512))
    switch settings.cache.choice {
    case .off: return nil
    case .zone(let draft):
      guard let declared = draft.zone else { return nil }
      zone = declared
      name = nil
      zones = [:]
    case .template(let template):
      zone = nil
      name = template
      zones = load.cacheZones.filter { $0.value.prefix == prefix }.compactMapValues(\.zone)
    }
  }

  /// The cache of a request; nil where it uses none.
  ///
  /// - Throws: 500 where a variable names none that there is.
  func zone(for exchange: Exchange) throws(Failure) -> CacheZone? {
    guard let name else { return zone }
    let value = name.value(for: exchange)
    if value.isEmpty || value == "off" { return nil }
    if let zone = zones[value] { return zone }
    exchange.logError(.error, "cache \"\(value)\" not found")
    throw .status(500)
  }

  /// The key of a request; nil where it is too long.
  ///
  /// - Parameter standard: The key where the configuration gives none.
  func key(for exchange: Exchange, standard: () -> ByteString) -> ByteString? {
    let key = settings.key?.value(for: exchange) ?? standard()
    if key.count <= maximumKeyCount { return key }
    exchange.logError(.error, "the buffer of the response's head is not enough for cache key")
    return nil
  }

  /// Whether one of some values is neither empty nor `0`.
  static func holds(_ templates: [Template], for exchange: Exchange) -> Bool {
    templates.contains { template in
      let value = template.value(for: exchange)
      return !value.isEmpty && value != "0"
    }
  }

  /// Whether a request wants a range that is not to be cut from a stored response.
  func passesRange(of exchange: Exchange) -> Bool {
    guard let maximum = settings.maximumRangeOffset,
      let range = exchange.request.fields.value(of: .range)
    else { return false }
    if maximum == 0 { return true }
    guard range.lowercased.hasPrefix("bytes=") else { return false }
    let rest = range.bytes.dropFirst(6).drop { $0 == ASCII.space }
    if rest.first == UInt8(ascii: "-") { return true }
    let digits = ByteString(rest.prefix { ASCII.digit($0) != nil })
    return digits.decimalNumber.map { $0 >= maximum } ?? true
  }
}

/// What a cache had to say to a request: `$upstream_cache_status`.
enum CacheStatus: String, Sendable {
  case miss = "MISS"
  case bypass = "BYPASS"
  case expired = "EXPIRED"
  case stale = "STALE"
  case updating = "UPDATING"
  case revalidated = "REVALIDATED"
  case hit = "HIT"
}
