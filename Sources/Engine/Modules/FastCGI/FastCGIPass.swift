import Bytes
import Config

/// What `fastcgi_pass` says: whom to ask.
enum FastCGIPass: HandlerChoice {
  /// A server or a group that the configuration names.
  case fixed(UpstreamReference)
  /// One that the request names through variables.
  case template(Template)

  @Sendable static func read(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    guard let location = level.location else { return }
    try level.markUsed("fastcgi_pass", by: statement)
    let pass = try FastCGIPass(statement, level)
    location.redirectsMissingSlash = true
    location.choice = pass
  }

  func makeHandler(for location: LocationDraft, _ load: Load) -> any Handler {
    check(location, load)
    return FastCGIHandler(self, group: location.settings.fastCGI, location: location, load: load)
  }

  /// Warns of a cache without a key.
  func check(_ location: LocationDraft, _ load: Load) {
    guard let statement = location.statement else { return }
    let cache = location.settings.fastCGI.value.upstream.cache
    if case .off = cache.choice { return }
    guard cache.key == nil else { return }
    load.report(
      .custom(
        "no \"fastcgi_cache_key\" for \"fastcgi_cache\"", atEndOf: statement,
        severity: .warning))
  }

  private init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let word = statement.arguments[0]
    let template = try level.template(word, of: statement)
    guard let text = template.constant else {
      self = .template(template)
      return
    }
    // There is no port that FastCGI servers have by default.
    self = .fixed(
      try level.upstream(forAuthority: text, defaultPort: 0, at: statement, word: word))
  }
}
