import Bytes
import Wire

/// What `proxy_cache…` and `fastcgi_cache…` say; initial values are the directives' defaults.
struct CacheSettings: Hashable, Sendable {
  var choice = CacheChoice.off
  var key: Template?

  /// Values of which one that is neither empty nor `0` keeps a request from being answered from the
  /// cache, or a response from being stored.
  var bypass: [Template] = []
  var exclusions: [Template] = []

  /// How long responses are fresh that do not say it themselves; the first that fits counts.
  var validities: [CacheValidity] = []
  var methods: [Method] = [.get, .head]
  var minimumUses = 1

  /// When a response is used that is too old.
  var useStale: NextUpstream = []
  var isLocking = false
  var lockTimeout = TimeSpan.seconds(5)
  var lockAge = TimeSpan.seconds(5)
  var isRevalidating = false
  var updatesInBackground = false
  var convertsHead = true

  /// From where on ranges are passed on instead of being cut from a stored response; nil never.
  var maximumRangeOffset: Int?

  /// How long a response of a status is fresh, in seconds; nil where nothing is said of it.
  func validity(ofStatus status: Int) -> Int? {
    validities.first { $0.status == nil || $0.status == status }.map(\.seconds)
  }
}

/// Which cache a location uses.
enum CacheChoice: Hashable, Sendable {
  case off
  case zone(CacheZoneDraft)
  case template(Template)
}

/// One status of `proxy_cache_valid`.
struct CacheValidity: Hashable, Sendable {
  /// nil for `any`.
  let status: Int?
  let seconds: Int
}
