import Bytes
import Config
import Wire

/// How `Set-Cookie` changes: `proxy_cookie_domain`, `proxy_cookie_path`, `proxy_cookie_flags`.
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
  var flags: [ProxyCookieFlags] = []

  static let directives: [Directive] = [
    directive(
      "proxy_cookie_domain", "off | domain replacement", count: 1...2,
      "Changes the text of the Domain attribute of cookies in upstream responses."
    ) { (statement, level) throws(Diagnostic) in
      level.settings.proxy.cookies.domains = []
    } append: { (statement, level) throws(Diagnostic) in
      level.settings.proxy.cookies.domains.append(try rule(statement, level))
    },
    directive(
      "proxy_cookie_path", "off | path replacement", count: 1...2,
      "Changes the text of the Path attribute of cookies in upstream responses."
    ) { (statement, level) throws(Diagnostic) in
      level.settings.proxy.cookies.paths = []
    } append: { (statement, level) throws(Diagnostic) in
      level.settings.proxy.cookies.paths.append(try rule(statement, level))
    },
    directive(
      "proxy_cookie_flags", "off | cookie [flag ...]", count: 1...Int.max,
      "Adds secure, httponly and samesite=... to cookies in upstream responses, or removes them."
    ) { (statement, level) throws(Diagnostic) in
      level.settings.proxy.cookies.flags = []
    } append: { (statement, level) throws(Diagnostic) in
      var flags: [Template] = []
      for word in statement.arguments.dropFirst() {
        flags.append(try level.template(word, of: statement))
      }
      level.settings.proxy.cookies.flags.append(
        ProxyCookieFlags(match: try match(statement.arguments[0], statement, level), flags: flags))
    },
  ]

  /// A row of rules that an inner block replaces, or with `off` gives up.
  private static func directive(
    _ name: String, _ syntax: String, count: ClosedRange<Int>, _ summary: String,
    forget: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void,
    append: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void
  ) -> Directive {
    Directive(
      name, syntax, count: count, in: [.http, .server, .location], summary
    ) { (statement, level) throws(Diagnostic) in
      let isFirst = level.namesUsed.insert(name).inserted
      if isFirst { try forget(statement, level) }
      let word = statement.arguments[0]
      if statement.arguments.count == 1 {
        guard word.text == "off" else {
          throw .custom("invalid parameter \"\(word.text)\"", at: statement, word: word)
        }
        guard isFirst else { throw .duplicate(statement) }
        level.namesUsed.insert("\(name) off")
      } else {
        guard !level.namesUsed.contains("\(name) off") else { throw .duplicate(statement) }
        try append(statement, level)
      }
    }
  }

  private static func rule(_ statement: Statement, _ level: Level) throws(Diagnostic) -> Rule {
    let words = statement.arguments
    let isPlain = isPlainDomain(words[0], statement)
    return Rule(
      match: try match(words[0], statement, level),
      replacement: try level.template(isPlain ? words[1].withoutDot : words[1], of: statement))
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
      ignoresCase: ignoresCase || statement.name.text != "proxy_cookie_path", at: word,
      of: statement)
    return .pattern(pattern, groups)
  }

  /// Applies the rules to a cookie and its attributes.
  func rewritten(_ value: ByteString, _ exchange: Exchange) -> ByteString {
    if domains.isEmpty, paths.isEmpty, flags.isEmpty { return value }
    guard let original = SetCookie(value) else { return value }
    var cookie = original
    for index in cookie.parts.indices.dropFirst() {
      guard let text = cookie.parts[index].value else { continue }
      switch cookie.parts[index].name.lowercased {
      case "domain":
        cookie.parts[index].value = apply(domains, to: text, isDomain: true, exchange) ?? text
      case "path":
        cookie.parts[index].value = apply(paths, to: text, isDomain: false, exchange) ?? text
      default: continue
      }
    }
    _ = flags.first { $0.apply(to: &cookie, exchange) }
    return cookie == original ? value : cookie.text
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
