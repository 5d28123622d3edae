import Bytes
import Config

/// Passes requests to FastCGI servers: `fastcgi_pass`.
final class FastCGIHandler: AwaitedHandler {
  let keepsConnections: Bool
  let caughtErrors: [ByteString]
  let parameters: FastCGIParameters
  private let storesResponses: Bool
  private let handler: UpstreamHandlerSettings

  /// Whose idle connections may be used; see `keepalive`.
  let owner: ConnectionOwner

  /// Whom to ask, where the configuration says it without variables; otherwise ``address`` does.
  private let upstream: Upstream?
  private let lentUpstream: Lent<Upstream>?
  private let address: Template?

  /// The fields that nginx keeps from the client: unlike those of HTTP servers, `Date` and `Server`
  /// of a FastCGI server pass.
  private static let hiddenFields = ResponseFieldRules.HiddenFields([
    "status", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate", "x-accel-buffering",
    "x-accel-charset",
  ])

  init(_ pass: FastCGIPass, group: Inherited<FastCGISettings>, location: LocationDraft, load: Load)
  {
    let settings = group.value
    keepsConnections = settings.keepsConnections
    caughtErrors = settings.caughtErrors
    storesResponses = !settings.upstream.store.choice.isOff
    parameters = load.shared.value(of: group.keeper) { FastCGIParameters(settings) }
    owner = load.connectionOwner(of: location, "fastcgi", settings.upstream)
    let fields = load.shared.value(of: group.keeper) {
      ResponseFieldRules(
        settings: settings.upstream, hiddenByDefault: FastCGIHandler.hiddenFields)
    }
    let cache = CachePolicy(settings.upstream, prefix: "fastcgi", load: load)
    let make = {
      UpstreamHandlerSettings(
        settings.upstream, fields: fields, passesContent: settings.upstream.passesRequestBody,
        cache: cache)
    }
    handler = cache == nil ? load.shared.value(of: group.keeper, make) : make()
    switch pass {
    case .fixed(let reference): (upstream, address) = (reference.upstream(in: load), nil)
    case .template(let template): (upstream, address) = (nil, template)
    }
    lentUpstream = upstream.map { Lent($0) }
  }

  func request(for exchange: Exchange) throws(Failure) -> UpstreamRequest? {
    guard handler.cache == nil, !storesResponses else { return nil }
    return try makeRequest(for: exchange)
  }

  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    let request = try makeRequest(for: exchange)
    guard let cache = handler.cache else {
      guard storesResponses else { return try await request.run() }
      return try await request.run(storing: handler.settings.value.store)
    }
    return try await request.run(cache, by: self) { ByteString() }
  }

  private func makeRequest(for exchange: Exchange) throws(Failure) -> FastCGIUpstream {
    if let lentUpstream {
      return FastCGIUpstream(
        exchange, to: lentUpstream, resolving: nil, Lent(handler), Lent(self))
    }
    let runtime = try exchange.upstream(
      forAuthority: address?.value(for: exchange) ?? "", defaultPort: 0)
    return FastCGIUpstream(
      exchange, to: Lent(runtime.upstream), resolving: runtime.host, Lent(handler), Lent(self),
      keeping: runtime.upstream)
  }
}
