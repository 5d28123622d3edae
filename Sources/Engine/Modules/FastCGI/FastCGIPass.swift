import Bytes
import Config

/// What `fastcgi_pass` says: whom to ask.
enum FastCGIPass: Sendable {
  /// A server or a group that the configuration names.
  case fixed(UpstreamReference)
  /// One that the request names through variables.
  case template(Template)

  @Sendable static func read(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    guard let location = level.location else { return }
    try level.markUsed("fastcgi_pass", by: statement)
    let pass = try FastCGIPass(statement, level)
    location.redirectsMissingSlash = true
    location.makeHandler = { draft, load in
      FastCGIHandler(pass, group: draft.settings.fastCGI, location: draft, load: load)
    }
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
