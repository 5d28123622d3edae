import Bytes
import Config

/// `proxy_cookie_domain`, `proxy_cookie_path` and `proxy_cookie_flags`: how `Set-Cookie` changes.
struct ProxyCookies: Sendable {
  enum Match: Sendable {
    case text(Template)
    case pattern(Pattern, PatternGroups)
  }

  struct Rule: Sendable {
    let match: Match
    let replacement: Template
  }

  var domains: [Rule] = []
  var paths: [Rule] = []

  static let directives: [Directive] = [
    directive(
      "proxy_cookie_domain", \.domains,
      "Changes the text of the Domain attribute of cookies in upstream responses."),
    directive(
      "proxy_cookie_path", \.paths,
      "Changes the text of the Path attribute of cookies in upstream responses."),
  ]

  private static func directive(
    _ name: String, _ rules: any WritableKeyPath<ProxyCookies, [Rule]> & Sendable,
    _ summary: String
  ) -> Directive {
    Directive(
      name, "off | text replacement", count: 1...2, in: [.http, .server, .location], summary
    ) { (statement, level) throws(Diagnostic) in
      let isFirst = level.namesUsed.insert(name).inserted
      if isFirst { level.settings.proxy.cookies[keyPath: rules] = [] }
      let words = statement.arguments
      if words.count == 1 {
        guard words[0].text == "off" else {
          throw .custom(
            "invalid parameter \"\(words[0].text)\"", at: statement, word: words[0])
        }
        return
      }
      level.settings.proxy.cookies[keyPath: rules].append(
        Rule(
          match: try match(words[0], statement, level),
          replacement: try level.template(
            isPlainDomain(words[0], statement) ? words[1].withoutDot : words[1], of: statement)))
    }
  }

  private static func isPlainDomain(_ word: Word, _ statement: Statement) -> Bool {
    statement.name.text == "proxy_cookie_domain" && !word.text.hasPrefix("~")
  }

  private static func match(
    _ word: Word, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Match {
    guard word.text.hasPrefix("~") else {
      let word = isPlainDomain(word, statement) ? word.withoutDot : word
      return .text(try level.template(word, of: statement))
    }
    let ignoresCase = word.text.hasPrefix("~*")
    let (pattern, groups) = try level.pattern(
      word.text.dropFirst(ignoresCase ? 2 : 1),
      ignoresCase: ignoresCase || statement.name.text == "proxy_cookie_domain", at: word,
      of: statement)
    return .pattern(pattern, groups)
  }

  /// Applies the rules to the attributes of a cookie.
  func rewritten(_ value: ByteString, _ exchange: Exchange) -> ByteString {
    if domains.isEmpty, paths.isEmpty { return value }
    let semicolon = UInt8(ascii: ";")
    var parts = value.split(on: semicolon)
    for index in parts.indices.dropFirst() {
      let (name, text) = parts[index].splitAtEquals
      guard let text else { continue }
      let bare = ByteString(name.bytes.drop { $0 == ASCII.space }).lowercased
      switch bare {
      case "domain":
        if let changed = apply(domains, to: text, isDomain: true, exchange) {
          parts[index] = name + ByteString("=") + changed
        }
      case "path":
        if let changed = apply(paths, to: text, isDomain: false, exchange) {
          parts[index] = name + ByteString("=") + changed
        }
      default: continue
      }
    }
    return ByteString(Array(parts.map(\.bytes).joined(separator: [semicolon])))
  }

  private func apply(
    _ rules: [Rule], to text: ByteString, isDomain: Bool, _ exchange: Exchange
  ) -> ByteString? {
    for rule in rules {
      switch rule.match {
      case .text(let template):
        let wanted = template.value(for: exchange)
        if isDomain {
          // A leading dot means nothing (RFC 6265, section 5.2.3); it stays where it is.
          let dot: ByteString = text.hasPrefix(".") ? "." : ""
          guard text.dropFirst(dot.count).equalsIgnoringCase(wanted) else { continue }
          return dot + rule.replacement.value(for: exchange)
        }
        guard text.hasPrefix(wanted) else { continue }
        return rule.replacement.value(for: exchange) + text.dropFirst(wanted.count)
      case .pattern(let pattern, let groups):
        guard let captures = pattern.match(text, in: exchange.matchMemory) else { continue }
        groups.note(captures, in: exchange)
        return rule.replacement.value(for: exchange)
      }
    }
    return nil
  }
}

extension Word {
  /// The word without a dot at its start.
  fileprivate var withoutDot: Word {
    guard text.hasPrefix(".") else { return self }
    return Word(text: text.dropFirst(1), isQuoted: isQuoted, place: place)
  }
}
