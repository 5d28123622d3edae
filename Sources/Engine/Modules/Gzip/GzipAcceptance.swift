import Bytes
import Sockets
import Wire

/// Whether a request may be answered with a compressed response.
///
/// Source: nginx, "Module ngx_http_gzip_module", `gzip_proxied`, `gzip_http_version` and
/// `gzip_disable`.
struct GzipAcceptance {
  private let settings: GzipSettings
  private let exchange: Exchange

  private init(_ exchange: Exchange) {
    settings = exchange.settings.gzip.value
    self.exchange = exchange
  }

  static func holds(for exchange: Exchange) -> Bool { GzipAcceptance(exchange).holds }

  private var holds: Bool {
    let request = exchange.request
    guard let codings = request.fields.value(of: .acceptEncoding),
      GzipAcceptance.accepts(codings), !exchange.isSubrequest,
      request.version >= settings.leastVersion.version
    else { return false }
    if settings.isOffForMSIE6 || !settings.disabledAgents.isEmpty {
      guard isAgentAllowed(request.fields.value(of: .userAgent)) else { return false }
    }
    return !request.fields.contains(.via) || isAllowedForProxies
  }

  private func isAgentAllowed(_ agent: ByteString?) -> Bool {
    guard let agent else { return true }
    if settings.isOffForMSIE6, agent.isOldMSIE { return false }
    return !settings.disabledAgents.contains { $0.matches(agent, in: exchange.matchMemory) }
  }

  private var isAllowedForProxies: Bool {
    let proxied = settings.proxied
    if proxied.contains(.off) { return false }
    if proxied.contains(.any) { return true }
    if proxied.contains(.authorized), exchange.request.fields.contains(.authorization) {
      return true
    }
    let response = exchange.response
    if let expires = response.fields.value(of: .expires) {
      guard proxied.contains(.expired), let end = HTTPDate.parse(expires) else { return false }
      let now = response.date.flatMap(HTTPDate.parse) ?? Int(exchange.loop.clock.seconds)
      return end < now
    }
    if response.fields.contains(.cacheControl) { return isAllowedByCacheControl }
    if proxied.contains(.noLastModified), hasLastModified { return false }
    if proxied.contains(.noEntityTag), response.fields.contains(.entityTag) { return false }
    return true
  }

  private var isAllowedByCacheControl: Bool {
    let fields = exchange.response.fields
    let cases: [(GzipProxied, StaticString)] = [
      (.noCache, "no-cache"), (.noStore, "no-store"), (.isPrivate, "private"),
    ]
    return cases.contains {
      settings.proxied.contains($0) && fields.hasToken($1, in: .cacheControl)
    }
  }

  private var hasLastModified: Bool {
    exchange.response.lastModified != nil || exchange.response.fields.contains(.lastModified)
  }

  /// Whether `Accept-Encoding` takes gzip (RFC 9110, section 12.5.3).
  ///
  /// nginx: `gzip` with a weight other than zero, or else `*` with one; `x-gzip` is unknown.
  static func accepts(_ codings: ByteString) -> Bool {
    var accepted: Bool?
    for member in codings.split(on: UInt8(ascii: ",")) {
      let parts = member.split(on: UInt8(ascii: ";")).map(\.trimmed)
      guard let name = parts.first?.lowercased else { continue }
      let isRefused = parts.dropFirst().contains { isZeroWeight($0.lowercased) }
      if name == "gzip" { return !isRefused }
      if name == "*" { accepted = !isRefused }
    }
    return accepted ?? false
  }

  private static func isZeroWeight(_ parameter: ByteString) -> Bool {
    guard parameter.hasPrefix("q=") else { return false }
    return parameter.dropFirst(2).bytes.allSatisfy { $0 == 0x30 || $0 == 0x2E }
  }
}
