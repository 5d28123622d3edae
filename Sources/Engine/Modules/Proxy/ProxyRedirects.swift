import Bytes
import Config

/// `proxy_redirect`: how `Location` and `Refresh` of upstream responses change.
struct ProxyRedirects: Hashable, Sendable {
  enum Rule: Hashable, Sendable {
    /// What `proxy_pass` and the location's name make of it.
    case standard
    case prefix(from: Template, to: Template)
    case pattern(Pattern, PatternGroups, to: Template)
  }

  /// In the order of the configuration; empty where it is off.
  var rules: [Rule] = [.standard]

  static let directives: [Directive] = [
    Directive(
      "proxy_redirect", "default | off | redirect replacement", count: 1...2,
      in: [.http, .server, .location],
      "Changes the text of Location and Refresh in upstream responses."
    ) { (statement, level) throws(Diagnostic) in
      let isFirst = level.namesUsed.insert("proxy_redirect").inserted
      if isFirst { level.settings.proxy.redirects.rules = [] }
      let isOff = !isFirst && level.settings.proxy.redirects.rules.isEmpty
      let rule = isOff ? nil : try rule(statement, level)
      // `off` stands alone.
      if !isFirst, rule == nil { throw .duplicate(statement) }
      if let rule { level.settings.proxy.redirects.rules.append(rule) }
    }
  ]

  private static func rule(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Rule? {
    let words = statement.arguments
    if words.count == 1 {
      switch words[0].text {
      case "off": return nil
      case "default", "false": return .standard
      default:
        throw .custom("invalid parameter \"\(words[0].text)\"", at: statement, word: words[0])
      }
    }
    let replacement = try level.template(words[1], of: statement)
    guard words[0].text.hasPrefix("~") else {
      return .prefix(from: try level.template(words[0], of: statement), to: replacement)
    }
    let ignoresCase = words[0].text.hasPrefix("~*")
    let (pattern, groups) = try level.pattern(
      words[0].text.dropFirst(ignoresCase ? 2 : 1), ignoresCase: ignoresCase, at: words[0],
      of: statement)
    return .pattern(pattern, groups, to: replacement)
  }

  /// The rules of one location, with the standard one worked out.
  func rules(for pass: ProxyPass, location: LocationDraft) -> ResolvedRedirects {
    ResolvedRedirects(
      rules: rules.compactMap { rule in
        guard case .standard = rule else { return rule }
        return ProxyRedirects.standard(pass, location)
      })
  }

  /// `proxy_redirect default`: the URL of `proxy_pass` becomes the location's name.
  private static func standard(_ pass: ProxyPass, _ location: LocationDraft) -> Rule? {
    guard pass.url == nil else { return nil }
    let scheme: ByteString = pass.isEncrypted ? "https://" : "http://"
    let isPlainPrefix =
      switch location.kind {
      case .prefix, .exact: true
      default: false
      }
    let from = scheme + pass.authority + (pass.uri.isEmpty ? "/" : pass.uri)
    let to = pass.uri.isEmpty || !isPlainPrefix ? ByteString("/") : location.name
    return .prefix(from: Template(constant: from), to: Template(constant: to))
  }
}

/// The rules of `proxy_redirect` that hold in one location.
struct ResolvedRedirects: Sendable {
  let rules: [ProxyRedirects.Rule]

  /// Applies the first rule that fits; nil where none does.
  func rewritten(_ value: ByteString, _ exchange: Exchange) -> ByteString? {
    for rule in rules {
      switch rule {
      case .standard: continue
      case .prefix(let from, let to):
        let prefix = from.value(for: exchange)
        guard value.hasPrefix(prefix) else { continue }
        return to.value(for: exchange) + value.dropFirst(prefix.count)
      case .pattern(let pattern, let groups, let to):
        guard let captures = pattern.match(value, in: exchange.matchMemory) else { continue }
        groups.note(captures, in: exchange)
        return to.value(for: exchange)
      }
    }
    return nil
  }

  /// `Refresh: 5; url=…`: the rules concern what follows `url=`.
  func rewrittenRefresh(_ value: ByteString, _ exchange: Exchange) -> ByteString? {
    let lowered = value.lowercased.bytes
    let mark: [UInt8] = Array("url=".utf8)
    guard lowered.count >= mark.count,
      let start = (0...lowered.count - mark.count).first(where: {
        lowered[$0..<$0 + mark.count].elementsEqual(mark)
      })
    else { return nil }
    let split = start + mark.count
    return rewritten(value.dropFirst(split), exchange).map { value[0..<split] + $0 }
  }
}
