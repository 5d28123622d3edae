import Wire

/// What the locations that pass requests on need for each of them: made once, at load.
final class UpstreamHandlerSettings: Sendable {
  private let keeper: ValueKeeper<UpstreamSettings>

  /// What the directives say, which lives as long as this object.
  let settings: LentValue<UpstreamSettings>

  /// Which fields of a response reach the client, and how they change.
  let fields: ResponseFieldRules

  /// The fields of a response in which an application tells this program what to do.
  let adviceFields: KnownFieldSet = [
    .xAccelRedirect, .xAccelLimitRate, .xAccelCharset, .xAccelBuffering,
  ]

  /// Whether content may be read no faster than `…_limit_rate` says.
  let limitsRate: Bool

  /// How connections are encrypted; nil where they are not.
  let tls: UpstreamTLS?

  /// Whether the request's body is passed on.
  let passesContent: Bool

  /// Whether the protocol knows upgrades.
  let allowsUpgrade: Bool

  /// Whether the length of the content must be known before it is sent; HTTP/1.0 knows no chunks.
  let needsContentLength: Bool

  /// How a cache in front of the servers is used; nil without one.
  let cache: CachePolicy?

  init(
    _ settings: UpstreamSettings, fields: ResponseFieldRules, tls: UpstreamTLS? = nil,
    passesContent: Bool, allowsUpgrade: Bool = false, needsContentLength: Bool = false,
    cache: CachePolicy? = nil
  ) {
    keeper = ValueKeeper(settings)
    self.settings = keeper.lent
    self.fields = fields
    limitsRate = if case .constant(0) = settings.limitRate { false } else { true }
    self.tls = tls
    self.passesContent = passesContent
    self.allowsUpgrade = allowsUpgrade
    self.needsContentLength = needsContentLength
    self.cache = cache
  }

  /// Copies what the client shall see of the head of a response.
  @inline(__always)
  func copy(_ head: ResponseHead, for exchange: Exchange) { fields.copy(head, for: exchange) }
}
