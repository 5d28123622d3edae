import Bytes
import Config
import Wire

extension Module {
  /// Sends copies of requests elsewhere and forgets what comes back.
  static let mirror: Module = {
    var module = Module("ngx_http_mirror_module")
    module.directives = MirrorSettings.directives
    module.precontent = { MirrorStep($0.mirror.value) }
    return module
  }()
}

/// The settings of `ngx_http_mirror_module`.
package struct MirrorSettings: Sendable {
  /// The paths that get a copy.
  var paths: [ByteString] = []

  /// Whether the copy has the content of the request.
  var sendsBody = true

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "mirror", "uri | off", count: 1...1, in: CoreSettings.levels,
      "A path that gets a copy of each request; what it answers is forgotten."
    ) { (statement, level) throws(Diagnostic) in
      let isFirst = level.namesUsed.insert("mirror").inserted
      let text = statement.arguments[0].text
      if text == "off" {
        guard isFirst else { throw .duplicate(statement) }
        level.settings.mirror.paths = []
        level.namesUsed.insert("mirror off")
        return
      }
      guard !level.namesUsed.contains("mirror off") else { throw .duplicate(statement) }
      if isFirst { level.settings.mirror.paths = [] }
      level.settings.mirror.paths.append(text)
    }.with(defaultText: "off"),
    Directive(
      "mirror_request_body", .flag, sets: .mirror.sendsBody, in: CoreSettings.levels,
      "Whether the copy has the content of the request, which is read whole first."),
  ]
}

/// Makes the copies of a request.
struct MirrorStep: PhaseStep {
  private let settings: MirrorSettings

  /// nil where nobody gets a copy.
  init?(_ settings: MirrorSettings) {
    guard !settings.paths.isEmpty else { return nil }
    self.settings = settings
  }

  func run(_ exchange: Exchange) async throws(Failure) -> HandlerOutcome {
    guard !exchange.isSubrequest else { return .declined }
    if settings.sendsBody { try await exchange.body.readAll(exchange) }
    let body = settings.sendsBody ? exchange.body : RequestBody(.none)
    for path in settings.paths {
      exchange.startSubrequest(path, query: exchange.query, method: exchange.method, body: body)
    }
    return .declined
  }
}
