import Bytes
import Config

/// Passes requests to FastCGI servers: `fastcgi_pass`.
final class FastCGIHandler: Handler {
  let settings: FastCGISettings
  let parameters: FastCGIParameters
  private let handler: UpstreamHandlerSettings
  private let target: Target

  private enum Target {
    case upstream(Upstream)
    case template(Template)
  }

  /// The fields that nginx keeps from the client: unlike those of HTTP servers, `Date` and `Server`
  /// of a FastCGI server pass.
  private static let hiddenFields: [ByteString] = [
    "status", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate", "x-accel-buffering",
    "x-accel-charset",
  ]

  init(_ pass: FastCGIPass, settings: FastCGISettings, location: LocationDraft, load: Load) {
    self.settings = settings
    parameters = FastCGIParameters(settings)
    handler = UpstreamHandlerSettings(
      settings.upstream,
      fields: ResponseFieldRules(
        settings: settings.upstream, hiddenByDefault: FastCGIHandler.hiddenFields),
      owner: load.connectionOwner(of: location, "fastcgi", settings.upstream),
      passesContent: settings.upstream.passesRequestBody)
    target =
      switch pass {
      case .fixed(let reference): .upstream(reference.upstream(in: load))
      case .template(let template): .template(template)
      }
  }

  func respond(to exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    let upstream =
      switch target {
      case .upstream(let upstream): upstream
      case .template(let template):
        try await exchange.upstream(
          forAuthority: template.value(for: exchange), defaultPort: 0)
      }
    let request = UpstreamRequest(
      exchange, upstream: upstream, codec: FastCGIUpstream(exchange, self), handler: handler)
    return try await request.run()
  }
}
