import Bytes
import Config
import Sockets
import Wire

/// Passes requests to HTTP servers: `proxy_pass`.
final class ProxyHandler: AwaitedHandler {
  // What most requests read stands first, side by side.

  /// Whom to ask, with what path, where the configuration says it without variables.
  private let lentTarget: Lent<ProxyTarget>?

  /// Whether responses are neither kept in a cache nor stored.
  private let keepsNothing: Bool
  private let storesResponses: Bool
  private let pass: ProxyPass
  private let rules: ProxyRequestRules
  private let redirects: ResolvedRedirects
  private let plain: UpstreamHandlerSettings
  private let encrypted: UpstreamHandlerSettings
  private let plainOwner: ConnectionOwner
  private let encryptedOwner: ConnectionOwner

  /// Keeps what is lent.
  private let fixedTarget: ProxyTarget?

  init(
    _ pass: ProxyPass, group: Inherited<ProxySettings>, location: LocationDraft, load: Load
  ) throws(Diagnostic) {
    let settings = group.value
    self.pass = pass
    storesResponses = !settings.upstream.store.choice.isOff
    rules = load.shared.value(of: group.keeper) { ProxyRequestRules(settings) }
    redirects = settings.redirects.rules(for: pass, location: location)
    let cookies = settings.cookies
    let fields = load.shared.value(of: group.keeper) {
      ResponseFieldRules(settings: settings.upstream) { value, field, exchange in
        exchange.proxyTarget?.object.rewritten(value, field, cookies, exchange)
      }
    }
    let cache = CachePolicy(settings.upstream, prefix: "proxy", load: load)
    let make = { (tls: UpstreamTLS?) in
      UpstreamHandlerSettings(
        settings.upstream, fields: fields, tls: tls,
        passesContent: settings.upstream.passesRequestBody && settings.body == nil,
        allowsUpgrade: true, needsContentLength: settings.version < .http11, cache: cache)
    }
    plain = cache == nil ? load.shared.value(of: group.keeper) { make(nil) } : make(nil)
    plainOwner = load.connectionOwner(of: location, "http", settings.upstream)
    if pass.mayBeEncrypted {
      encryptedOwner = load.connectionOwner(
        of: location, "https", settings.upstream, tls: settings.tls)
      encrypted = make(UpstreamTLS(settings.tls, load: load, isNeeded: pass.isEncrypted))
    } else {
      (encrypted, encryptedOwner) = (plain, plainOwner)
    }
    let handler = pass.isEncrypted ? encrypted : plain
    let owner = pass.isEncrypted ? encryptedOwner : plainOwner
    fixedTarget = (pass.upstream?.upstream(in: load)).map { [rules, redirects] in
      ProxyTarget(
        RuntimeUpstream(upstream: $0), handler, rules, owner: owner, redirects,
        isEncrypted: pass.isEncrypted, authority: pass.authority, uri: pass.uri,
        locationLength: pass.locationLength, isWholeURI: false)
    }
    lentTarget = fixedTarget.map { Lent($0) }
    keepsNothing = cache == nil && !storesResponses
  }

  func request(for exchange: Exchange) throws(Failure) -> UpstreamRequest? {
    guard keepsNothing else { return nil }
    return try makeRequest(for: exchange)
  }

  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    let request = try makeRequest(for: exchange)
    guard let cache = plain.cache else {
      guard storesResponses else { return try await request.run() }
      return try await request.run(storing: plain.settings.value.store)
    }
    return try await request.run(cache, by: self) { request.standardKey }
  }

  /// Not inlined: nothing of it is to lie in the task's memory.
  @inline(never)
  private func makeRequest(for exchange: Exchange) throws(Failure) -> HTTPUpstream {
    if let lentTarget { return HTTPUpstream(exchange, to: lentTarget) }
    let target = try target(for: exchange)
    exchange.keptTarget = target
    return HTTPUpstream(exchange, to: Lent(target))
  }

  /// Whom to ask, with what path, where the configuration says it with variables.
  private func target(for exchange: Exchange) throws(Failure) -> ProxyTarget {
    guard let text = pass.url?.value(for: exchange) else { throw .status(500) }
    guard let url = ProxyURL(text) else {
      exchange.logError(.error, "invalid URL prefix in \"\(text)\"")
      throw .status(500)
    }
    let runtime = try exchange.upstream(
      forAuthority: url.authority, defaultPort: url.defaultPort)
    return ProxyTarget(
      runtime, url.isEncrypted ? encrypted : plain, rules,
      owner: url.isEncrypted ? encryptedOwner : plainOwner, redirects,
      isEncrypted: url.isEncrypted, authority: url.shownAuthority, uri: url.uri,
      locationLength: 0, isWholeURI: !url.uri.isEmpty)
  }
}

/// What `proxy_pass` comes to for one request.
final class ProxyTarget: Sendable {
  let upstream: Upstream

  /// The host that takes the place of ``upstream`` once it has been resolved; nil where the servers
  /// are known.
  let host: UnresolvedHost?
  let handler: UpstreamHandlerSettings
  let rules: ProxyRequestRules

  /// Whose idle connections may be used; see `keepalive`.
  let owner: ConnectionOwner
  let isEncrypted: Bool

  /// Whether ``uri`` is everything, since it came from variables.
  let isWholeURI: Bool
  let uri: ByteString
  let locationLength: Int

  /// The value of `$proxy_host`.
  let authority: ByteString
  private let redirects: ResolvedRedirects

  init(
    _ runtime: RuntimeUpstream, _ handler: UpstreamHandlerSettings, _ rules: ProxyRequestRules,
    owner: ConnectionOwner, _ redirects: ResolvedRedirects, isEncrypted: Bool,
    authority: ByteString, uri: ByteString, locationLength: Int, isWholeURI: Bool
  ) {
    upstream = runtime.upstream
    host = runtime.host
    self.handler = handler
    self.rules = rules
    self.owner = owner
    self.redirects = redirects
    self.isEncrypted = isEncrypted
    self.authority = authority
    self.uri = uri
    self.locationLength = locationLength
    self.isWholeURI = isWholeURI
  }

  /// Where the target stands that the client sent; nil where the server is asked for another one.
  @inline(__always)
  func sentTarget(of exchange: Exchange) -> ByteRange? {
    guard uri.isEmpty, exchange.hasOriginalPath, let sent = exchange.target, sent.isRawUsable
    else { return nil }
    return sent.raw
  }

  /// Appends the path and the query that a server is asked for.
  func writeURI(for exchange: Exchange, to output: ByteBuffer) {
    if isWholeURI { return output.append(uri) }
    if let sent = sentTarget(of: exchange) {
      return exchange.appendOfHead(sent.range, to: output)
    }
    var dropped = 0
    if exchange.isPathOfLocation, !uri.isEmpty {
      output.append(uri)
      dropped = min(locationLength, exchange.path.count)
    }
    let path = exchange.path.dropFirst(dropped)
    let needsEscapes =
      exchange.isInternal || !(exchange.target?.isPlain ?? false)
      || !exchange.hasOriginalPath
    output.append(needsEscapes ? PercentEncoding.encode(path, escaping: .uri) : path)
    if let query = exchange.query, !query.isEmpty {
      output.append(UInt8(ascii: "?"))
      output.append(query)
    }
  }

  /// The URL that a peer is asked for, as the error log shows it.
  func shownURI(peer: ByteString, for exchange: Exchange) -> String {
    let scheme = isEncrypted ? "https" : "http"
    let name = peer.hasPrefix("unix:") ? "\(peer):" : "\(peer)"
    return "\(scheme)://\(name)\(exchange.collect { writeURI(for: exchange, to: $0) })"
  }

  /// What takes the place of the value of a response's field; nil leaves it.
  func rewritten(
    _ value: ByteString, _ field: SpecialField, _ cookies: ProxyCookies, _ exchange: Exchange
  ) -> ByteString? {
    switch field {
    case .setCookie: cookies.rewritten(value, exchange)
    case .refresh: redirects.rewrittenRefresh(value, exchange)
    default: redirects.rewritten(value, exchange)
    }
  }

  // Handed on, since only what an object has itself is called without counting references.

  /// What takes the place of the client's content; nil where nothing does.
  @inline(__always)
  func content(for exchange: Exchange) -> ByteString? { rules.content(for: exchange) }

  /// See ``ProxyRequestRules/writeHost(of:for:to:)``.
  @inline(__always)
  func writeHost(for exchange: Exchange, to output: ByteBuffer) {
    rules.writeHost(of: self, for: exchange, to: output)
  }

  /// See ``ProxyRequestRules/writeConfiguredFields(for:to:)``.
  @inline(__always)
  func writeConfiguredFields(for exchange: Exchange, to output: ByteBuffer) -> AnnouncedContent {
    rules.writeConfiguredFields(for: exchange, to: output)
  }

  /// See ``ProxyRequestRules/writeClientFields(of:forWhole:to:)``.
  @inline(__always)
  func writeClientFields(of fields: Fields, forWhole isForWhole: Bool, to output: ByteBuffer) {
    rules.writeClientFields(of: fields, forWhole: isForWhole, to: output)
  }
}

/// What upstream requests are made of: the fields of the configuration, then the client's others.
final class ProxyRequestRules: Sendable {
  let version: ProtocolVersion

  /// The method that all requests have; nil takes the client's.
  let method: Template?

  /// The template of `Host`; nil takes the authority of `proxy_pass`.
  private let host: Template?

  /// The configured fields but `Host`, with non-empty templates.
  private let configured: FieldTemplates

  /// The names whose values from the client are not passed on.
  private let replaced: FieldNameSet

  /// Whether the configuration sets `Content-Length` or `Transfer-Encoding` itself.
  let setsContentLength: Bool
  let setsTransferEncoding: Bool

  /// What takes the place of the client's content; nil leaves that.
  private let body: Template?

  /// Whether content that comes in chunks is passed on in chunks while it comes.
  let sendsChunks: Bool

  /// Whether it sets the conditions itself that a cache would add.
  let setsIfModifiedSince: Bool
  let setsIfNoneMatch: Bool

  /// The names that nginx never passes on unless told to.
  private static let standard: [FieldName] = [
    .host, .connection, .proxyConnection, .contentLength, .transferEncoding, .te, .keepAlive,
    .expect, .upgrade,
  ].map { (field: KnownField) in FieldName(field) }

  init(_ settings: ProxySettings) {
    version = settings.version
    method = settings.method
    sendsChunks =
      !settings.upstream.isRequestBuffering && settings.version >= .http11
      && settings.upstream.passesRequestBody && settings.body == nil
    body = settings.body
    let names = settings.requestFields.map { FieldName($0.name) }
    let fields = zip(names, settings.requestFields)
    replaced = FieldNameSet(ProxyRequestRules.standard + names)
    host = fields.reversed().first { $0.0.known == .host }?.1.value
    configured = FieldTemplates(
      fields.filter { $0.0.known != .host && !$0.1.value.isAlwaysEmpty }.map(\.1))
    setsContentLength = names.contains { $0.known == .contentLength }
    setsIfModifiedSince = names.contains { $0.known == .ifModifiedSince }
    setsIfNoneMatch = names.contains { $0.known == .ifNoneMatch }
    setsTransferEncoding = names.contains { $0.known == .transferEncoding }
  }

  /// What takes the place of the client's content; nil where nothing does.
  @inline(__always)
  func content(for exchange: Exchange) -> ByteString? { body?.value(for: exchange) }

  /// Appends the end of the request line and `Host`.
  func writeHost(of target: ProxyTarget, for exchange: Exchange, to output: ByteBuffer) {
    let isHTTP11 = version >= .http11
    if isHTTP11 {
      output.append(" HTTP/1.1\r\nHost: ")
    } else {
      output.append(" HTTP/1.0\r\nHost: ")
    }
    let start = output.count
    host?.append(for: exchange, to: output)
    guard output.count == start else { return }
    // HTTP/1.1 demands the field, so an empty value falls back (RFC 9112, section 3.2).
    if host == nil || isHTTP11 {
      output.append(target.authority)
    } else {
      output.truncate(to: start - "\r\nHost: ".utf8.count)
    }
  }

  /// Appends the configured fields but `Host`.
  func writeConfiguredFields(for exchange: Exchange, to output: ByteBuffer) -> AnnouncedContent {
    configured.append(for: exchange, to: output)
  }

  /// Appends those fields of the client that nothing replaces.
  ///
  /// - Parameter isForWhole: Whether the whole response is wanted, whatever the client asks for.
  func writeClientFields(of fields: Fields, forWhole isForWhole: Bool, to output: ByteBuffer) {
    let buffer = fields.buffer
    var copying = FieldLineCopying()
    for index in 0..<fields.count {
      let line = fields[index]
      if line.isRemoved || replaced.contains(line, of: fields) { continue }
      if isForWhole, CachePolicy.partialFields.contains(line.known) { continue }
      copying.append(line, of: buffer, to: output)
    }
    copying.finish(from: buffer, to: output)
  }
}
