import Config

extension Module {
  /// nginx's `ngx_http_v2_module`: its directives are understood, and HTTP/1.1 is spoken.
  static let http2: Module = {
    var module = Module("ngx_http_v2_module")
    module.directives = [
      Directive(
        name: "http2", syntax: "on | off", count: 1...1, contexts: CoreSettings.serverLevels,
        summary: "Whether HTTP/2 is offered; there is none yet, and a notice says so.",
        isBlock: false, hasEffect: false
      ) { (statement, level) throws(Diagnostic) in
        let isOn = try ArgumentType.flag.parse(statement, level)
        try level.markUsed("http2", by: statement)
        if isOn { level.load.reportMissingHTTP2(statement) }
      }
    ]
    module.directives += sizes + numbers + obsolete
    return module
  }()

  private static let sizes = ["recv_buffer_size", "pool_size", "body_preread_size", "chunk_size"]
    .map {
      Directive(
        withoutEffect: "http2_\($0)", .size, in: contexts(of: $0), "There is no HTTP/2 yet.")
    }

  private static let numbers = ["max_concurrent_streams", "streams_index_size"].map {
    Directive(
      withoutEffect: "http2_\($0)", .number, in: CoreSettings.serverLevels,
      "There is no HTTP/2 yet.")
  }

  private static func contexts(of name: String) -> Contexts {
    switch name {
    case "recv_buffer_size": .http
    case "chunk_size": CoreSettings.levels
    default: CoreSettings.serverLevels
    }
  }

  /// Directives that nginx only warns about.
  private static let obsolete: [Directive] = [
    ("max_concurrent_pushes", nil), ("max_requests", "keepalive_requests"),
    ("max_field_size", "large_client_header_buffers"),
    ("max_header_size", "large_client_header_buffers"),
    ("recv_timeout", "client_header_timeout"), ("idle_timeout", "keepalive_timeout"),
    ("push_preload", nil), ("push", nil),
  ].map { name, replacement in
    Directive(
      name: "http2_\(name)", syntax: "value", count: 1...1,
      contexts: name.hasPrefix("push") ? CoreSettings.levels : CoreSettings.serverLevels,
      summary: "Obsolete.", isBlock: false, hasEffect: false
    ) { (statement, level) throws(Diagnostic) in
      level.load.report(.obsolete(statement, replacement: replacement))
    }
  }
}

extension Diagnostic {
  /// Says that HTTP/2 was asked for and is not there.
  static func noHTTP2(_ statement: Statement, word: Word?) -> Diagnostic {
    .custom(
      "apus does not speak HTTP/2, all clients are served HTTP/1.1 (ALPN offers \"http/1.1\")",
      at: statement, word: word, severity: .notice)
  }

  fileprivate static func obsolete(
    _ statement: Statement, replacement: String?
  ) -> Diagnostic {
    let advice = replacement.map { "use the \"\($0)\" directive instead" } ?? "ignored"
    return .custom(
      "the \"\(statement.name.text)\" directive is obsolete, \(advice)", at: statement,
      severity: .warning)
  }
}
