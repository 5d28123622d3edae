import Bytes
import Config
import Wire

extension Module {
  /// Judges where a request's `Referer` comes from.
  static let referer: Module = {
    var module = Module("ngx_http_referer_module")
    module.directives = RefererSettings.directives
    module.variables = [
      Variable("invalid_referer", "Empty where `valid_referers` takes the `Referer`, else `1`.") {
        $0.settings.referer.value.isValid(for: $0) ? "" : "1"
      }
    ]
    return module
  }()
}

/// The settings of `ngx_http_referer_module`.
package struct RefererSettings: Sendable {
  /// One name of `valid_referers`, with the beginning of a path that must follow; nil takes any.
  fileprivate typealias Host = (name: ServerNameForm, path: ByteString)

  /// How a host is named.
  fileprivate enum ServerNameForm: Sendable {
    case exact(ByteString)
    case leadingWildcard(ByteString)
    case trailingWildcard(ByteString)
  }

  private var isSet = false
  private var takesNone = false
  private var takesBlocked = false
  private var takesServerNames = false
  private var hosts: [Host] = []
  private var patterns: [Pattern] = []

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "valid_referers", "none | blocked | server_names | string ...", count: 1...Int.max,
      in: [.server, .location],
      "The values of `Referer` that leave `$invalid_referer` empty."
    ) { (statement, level) throws(Diagnostic) in
      if level.namesUsed.insert("valid_referers").inserted {
        level.settings.referer.value = RefererSettings()
      }
      level.settings.referer.isSet = true
      for word in statement.arguments {
        try level.settings.referer.value.read(word, statement, level)
      }
    },
    Directive(
      withoutEffect: "referer_hash_max_size", .number, in: [.server, .location],
      "The table of names grows by itself."),
    Directive(
      withoutEffect: "referer_hash_bucket_size", .number, in: [.server, .location],
      "The table of names grows by itself."),
  ]

  private mutating func read(
    _ word: Word, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    switch word.text {
    case "none": takesNone = true
    case "blocked": takesBlocked = true
    case "server_names": takesServerNames = true
    default:
      if word.text.hasPrefix("~") {
        let (pattern, _) = try level.pattern(
          word.text.dropFirst(1), ignoresCase: true, at: word, of: statement)
        patterns.append(pattern)
        return
      }
      guard word.text.firstRange(of: "://") == nil else {
        throw .custom("URI scheme is not allowed in referer", at: statement, word: word)
      }
      hosts.append(RefererSettings.host(word.text))
    }
  }

  private static func host(_ text: ByteString) -> Host {
    let slash = text.firstIndex(of: UInt8(ascii: "/")) ?? text.count
    let name = text[0..<slash].lowercased
    let path = text.dropFirst(slash)
    if name.hasPrefix("*.") { return (.leadingWildcard(name.dropFirst(1)), path) }
    if name.hasPrefix(".") { return (.leadingWildcard(name), path) }
    if name.hasSuffix(".*") { return (.trailingWildcard(name[0..<name.count - 1]), path) }
    return (.exact(name), path)
  }

  /// Whether a request's `Referer` is taken; any is where the directive was not used.
  func isValid(for exchange: Exchange) -> Bool {
    guard isSet else { return true }
    guard let referer = exchange.request.fields.value(of: .referer) else { return takesNone }
    let lowered = referer.lowercased
    let scheme: Int? =
      lowered.hasPrefix("http://") ? 7 : lowered.hasPrefix("https://") ? 8 : nil
    // nginx: no host name is shorter than `i.ru`.
    guard let scheme, referer.count >= scheme + 4 else { return takesBlocked }
    let rest = referer.dropFirst(scheme)
    let end = rest.bytes.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
    let name = rest[0..<(end ?? rest.count)].lowercased
    guard name.count <= 256 else { return false }
    let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.count
    let path = rest.dropFirst(slash)
    if takesServerNames, exchange.server.hasName(name, in: exchange.matchMemory) { return true }
    if hosts.contains(where: { $0.name.matches(name) && path.hasPrefix($0.path) }) { return true }
    return patterns.contains { $0.matches(rest, in: exchange.matchMemory) }
  }
}

extension RefererSettings.ServerNameForm {
  fileprivate func matches(_ name: ByteString) -> Bool {
    switch self {
    case .exact(let text): name == text
    case .leadingWildcard(let suffix): name.hasSuffix(suffix) || name == suffix.dropFirst(1)
    case .trailingWildcard(let prefix): name.hasPrefix(prefix)
    }
  }
}
