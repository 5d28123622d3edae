import Bytes
import Config
import Sockets

extension CoreSettings {
  /// How responses and redirects look, and which pages take the place of errors.
  static let responseDirectives: [Directive] =
    [
      Directive(
        "server_tokens", .keyword, sets: .core.serverTokens, in: levels,
        "Whether `Server` and error pages name the version."),
      Directive(
        "chunked_transfer_encoding", .flag, sets: .core.allowsChunks, in: levels,
        "Whether a body of unknown length is sent in chunks to a client of HTTP/1.1."),
      Directive(
        "absolute_redirect", .flag, sets: .core.makesRedirectsAbsolute, in: levels,
        "Whether `Location` of the program's own redirects has a scheme and a host."),
      Directive(
        "server_name_in_redirect", .flag, sets: .core.usesServerNameInRedirects, in: levels,
        "Whether absolute redirects name the first `server_name` instead of the client's host."),
      Directive(
        "port_in_redirect", .flag, sets: .core.namesPortInRedirects, in: levels,
        "Whether absolute redirects name a port that is not the scheme's own."),
      Directive(
        "error_page", "code ... [=[response]] uri", count: 2...Int.max,
        in: levels.union(.ifInLocation),
        "What is served in place of an error: a path, a named location, or a redirect.",
        apply: ErrorPageParser.apply),
      Directive(
        "recursive_error_pages", .flag, sets: .core.isRecursiveErrorPages, in: levels,
        "Whether an `error_page` may lead to another one."),
      Directive(
        "post_action", .text("uri"), sets: .core.postAction, in: levels.union(.ifInLocation),
        "A path or a named location that is asked when a client has been answered; its response is "
          + "thrown away."),
      Directive(
        "msie_padding", .flag, sets: .core.padsErrorPages, in: levels,
        "Whether error pages for MSIE and Chrome are made large enough to be shown."),
      Directive(
        "msie_refresh", .flag, sets: .core.refreshesMSIE, in: levels,
        "Whether MSIE gets a page that leads elsewhere in place of a redirect."),
      Directive(
        "log_not_found", .flag, sets: .core.logsNotFound, in: levels,
        "Whether the error log names files that were not found."),
    ] + resolverDirectives(in: levels)

  /// The look-up of names at run time, in `http` or `stream`.
  static func resolverDirectives(in contexts: Contexts) -> [Directive] {
    [
      Directive(
        "resolver", "address ... [valid=time] [ipv4=on|off] [ipv6=on|off]", count: 1...Int.max,
        in: contexts, "The name servers that look up the names of upstream servers at run time.",
        apply: readResolver),
      Directive(
        "resolver_timeout", .time, sets: .core.resolverTimeout, in: contexts,
        "How long the look-up of a name may take."),
    ]
  }

  @Sendable private static func readResolver(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("resolver", by: statement)
    var resolver = ResolverSettings()
    for word in statement.arguments {
      try resolver.read(word, of: statement, level.load.options.hosts)
    }
    guard !resolver.addresses.isEmpty else {
      throw .custom("no name servers defined", at: statement)
    }
    guard resolver.usesIPv4 || resolver.usesIPv6 else {
      throw .custom("\"ipv4\" and \"ipv6\" cannot both be \"off\"", at: statement)
    }
    level.settings.core.resolver = resolver
  }
}

extension ResolverSettings {
  fileprivate mutating func read(
    _ word: Word, of statement: Statement, _ hosts: any HostReader
  ) throws(Diagnostic) {
    let invalid = Diagnostic.custom(
      "invalid parameter: \(word.text)", at: statement, word: word)
    switch word.text.splitAtEquals {
    case ("valid", let value?):
      guard let seconds = Units.seconds(value) else { throw invalid }
      validity = .seconds(seconds)
    case ("ipv4", let value?):
      guard let flag = value.onOrOff else { throw invalid }
      usesIPv4 = flag
    case ("ipv6", let value?):
      guard let flag = value.onOrOff else { throw invalid }
      usesIPv6 = flag
    case ("status_zone", _?): throw invalid
    default:
      addresses += try HostLookup.addresses(
        of: word, defaultPort: 53, in: "resolver \"\(word.text)\"", statement, hosts)
    }
  }
}

extension ByteString {
  /// The meaning of `on` and `off`; nil for any other text.
  var onOrOff: Bool? {
    switch self {
    case "on": true
    case "off": false
    default: nil
    }
  }
}
