import Bytes
import Sockets
import Wire

/// How the requests of one client stay with one server: `sticky`.
///
/// Each server has an identifier, which a cookie or a variable of the request names, or a table
/// that has learned which session belongs to which server.
///
/// Source: nginx, "Module ngx_http_upstream_module", `sticky`.
struct StickySessions: Sendable {
  /// The variables that may name the server, or the session; the first with a value counts.
  var lookup: [Int] = []

  /// The cookie that names the server to the client; nil where none is sent.
  var cookie: StickyCookie?

  /// The sessions that were learned; nil where requests name the server itself.
  var learning: StickyLearning?

  /// The identifier that requests know a peer by.
  static func identifier(of peer: Peer) -> ByteString {
    peer.route.isEmpty ? ByteString(hexadecimal: MD5.digest(of: peer.name)) : peer.route
  }
}

/// The cookie that names the server.
struct StickyCookie: Sendable {
  let name: ByteString
  var lifetime = CookieLifetime.session
  var domain: Template?
  var path = ByteString()
  var isHTTPOnly = false
  var isSecure = false
  var sameSite: Template?

  static let sameSiteWords: [ByteString] = ["strict", "lax", "none"]

  /// The value of `Set-Cookie`.
  func text(naming identifier: ByteString, for exchange: Exchange) -> ByteString {
    var text = name + "=" + identifier
    text.append(lifetime.expires(for: exchange))
    switch lifetime {
    case .session: break
    case .longest: text.append("; max-age=315360000" as ByteString)
    case .seconds(let seconds): text.append(ByteString("; max-age=\(seconds)"))
    }
    if let domain = domain?.value(for: exchange), !domain.isEmpty {
      text.append("; domain=" + domain)
    }
    if isHTTPOnly { text.append("; httponly" as ByteString) }
    if isSecure { text.append("; secure" as ByteString) }
    if let sameSite = sameSite(for: exchange) { text.append("; samesite=" + sameSite) }
    if !path.isEmpty { text.append("; path=" + path) }
    return text
  }

  private func sameSite(for exchange: Exchange) -> ByteString? {
    guard let value = sameSite?.value(for: exchange), !value.isEmpty else { return nil }
    return StickyCookie.sameSiteWords.contains(value.lowercased) ? value : "strict"
  }
}

/// Learns from requests and responses which session belongs to which server.
struct StickyLearning: Sendable {
  /// The variables that name a new session.
  var create: [Int] = []

  /// Whether a session begins with the head of the response, not with its end.
  var learnsFromHead = false

  let zone: StickyZone
}
