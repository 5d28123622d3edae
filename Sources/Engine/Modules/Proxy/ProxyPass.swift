import Bytes
import Config
import Sockets

/// What `proxy_pass` says: whom to ask, and for which path.
struct ProxyPass: HandlerChoice {
  /// `http` or `https`.
  let isEncrypted: Bool

  /// The group of servers, where the configuration names it without variables.
  let upstream: UpstreamReference?

  /// The whole URL where it has variables.
  let url: Template?

  /// The authority as it was written, which `$proxy_host` shows.
  let authority: ByteString

  /// What takes the place of the location's name in the path; empty to keep the request's URI.
  let uri: ByteString

  /// How many bytes of the path ``uri`` stands in for.
  let locationLength: Int

  @Sendable static func read(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    guard let location = level.location else { return }
    try level.markUsed("proxy_pass", by: statement)
    guard location.choice == nil else { throw .duplicate(statement) }
    let word = statement.arguments[0]
    let template = try level.template(word, of: statement)
    let pass =
      try template.constant.map { (text) throws(Diagnostic) in
        try fixed(text, location, statement, level)
      }
      ?? ProxyPass(
        isEncrypted: false, upstream: nil, url: template, authority: ByteString(),
        uri: ByteString(), locationLength: 0)
    location.redirectsMissingSlash = true
    location.choice = pass
  }

  func makeHandler(for location: LocationDraft, _ load: Load) throws(Diagnostic) -> any Handler {
    try ProxyHandler(self, group: location.settings.proxy, location: location, load: load)
  }

  func check(_ location: LocationDraft, _ load: Load) {
    guard mayBeEncrypted else { return }
    let settings = location.settings.proxy.value
    // Its files are asked for here as where it is made: a worker is handed what was asked for.
    _ = load.connectionOwner(of: location, "https", settings.upstream, tls: settings.tls)
    _ = UpstreamTLS(settings.tls, load: load, isNeeded: isEncrypted)
  }

  /// Whether the scheme is `https` or known to requests alone.
  var mayBeEncrypted: Bool { isEncrypted || url != nil }

  private static func fixed(
    _ text: ByteString, _ location: LocationDraft, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> ProxyPass {
    let word = statement.arguments[0]
    guard let url = ProxyURL(text) else {
      throw .custom("invalid URL prefix", at: statement, word: word)
    }
    if !url.uri.isEmpty, location.kind.forbidsURI {
      throw .custom(
        "\"proxy_pass\" cannot have URI part in location given by regular expression, "
          + "or inside named location, or inside \"if\" statement, "
          + "or inside \"limit_except\" block",
        at: statement, word: word)
    }
    let upstream = try level.upstream(
      forAuthority: url.authority, defaultPort: url.defaultPort, at: statement, word: word)
    return ProxyPass(
      isEncrypted: url.isEncrypted, upstream: upstream, url: nil, authority: url.shownAuthority,
      uri: url.uri, locationLength: location.name.count)
  }
}

/// The parts of the URL of `proxy_pass`.
struct ProxyURL {
  let isEncrypted: Bool

  /// `host:port`, the name of an upstream, or `unix:/path`.
  let authority: ByteString

  /// The path and query behind the authority; empty where there is none.
  let uri: ByteString

  private static let plainScheme: ByteString = "http://"
  private static let encryptedScheme: ByteString = "https://"
  private static let socketScheme: ByteString = "unix:"

  /// nil where the scheme is neither `http` nor `https`.
  init?(_ text: ByteString) {
    let rest: ByteString
    let lowered = text.lowercased
    if lowered.hasPrefix(ProxyURL.plainScheme) {
      isEncrypted = false
      rest = text.dropFirst(7)
    } else if lowered.hasPrefix(ProxyURL.encryptedScheme) {
      isEncrypted = true
      rest = text.dropFirst(8)
    } else {
      return nil
    }
    let end = ProxyURL.endOfAuthority(rest)
    authority = rest[0..<end]
    let hasColon = rest.hasPrefix(ProxyURL.socketScheme) && end < rest.count
    let uri = rest.dropFirst(hasColon ? end + 1 : end)
    self.uri = uri.first == UInt8(ascii: "?") ? "/" + uri : uri
  }

  /// A Unix socket's path ends at a colon, any other authority at the path or the query.
  private static func endOfAuthority(_ text: ByteString) -> Int {
    if text.hasPrefix(socketScheme) {
      return text.bytes.dropFirst(5).firstIndex(of: UInt8(ascii: ":")) ?? text.count
    }
    return text.bytes.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
      ?? text.count
  }

  var defaultPort: UInt16 { isEncrypted ? 443 : 80 }

  /// The authority for `Host`; a Unix socket is `localhost` there.
  var shownAuthority: ByteString {
    authority.hasPrefix(ProxyURL.socketScheme) ? "localhost" : authority
  }
}

extension Location.Kind {
  /// Whether a path behind the authority would have nothing to take the place of.
  var forbidsURI: Bool {
    switch self {
    case .pattern, .named, .conditional: true
    case .server, .exact, .prefix: false
    }
  }
}
