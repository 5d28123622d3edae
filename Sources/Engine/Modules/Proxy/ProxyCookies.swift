import Bytes
import Config

/// `proxy_cookie_domain`, `proxy_cookie_path` and `proxy_cookie_flags`: how `Set-Cookie` changes.
struct ProxyCookies: Hashable, Sendable {
  enum Match: Hashable, Sendable {
    case text(Template)
    case pattern(Pattern, PatternGroups)
  }

  struct Rule: Hashable, Sendable {
    let match: Match
    let replacement: Template
  }

  /// The attributes that the cookies of some names get or lose.
  struct FlagRule: Hashable, Sendable {
    let match: Match
    let flags: [Template]
  }

  var domains: [Rule] = []
  var paths: [Rule] = []
  var flags: [FlagRule] = []

  static let directives: [Directive] = [
    directive(
      "proxy_cookie_domain", \.domains,
      "Changes the text of the Domain attribute of cookies in upstream responses."),
    directive(
      "proxy_cookie_path", \.paths,
      "Changes the text of the Path attribute of cookies in upstream responses."),
    Directive(
      "proxy_cookie_flags", "off | cookie [flag] ...", count: 1...4,
      in: [.http, .server, .location],
      "Adds attributes such as Secure to cookies in upstream responses, or removes them."
    ) { (statement, level) throws(Diagnostic) in
      guard try begin(statement, level, \.flags) else { return }
      var flags: [Template] = []
      for word in statement.arguments.dropFirst() {
        flags.append(try level.template(word, of: statement))
      }
      let match = try match(statement.arguments[0], statement, level)
      level.settings.proxy.cookies.flags.append(FlagRule(match: match, flags: flags))
    },
  ]

  private static func directive(
    _ name: String,
    _ rules: @escaping @autoclosure @Sendable () -> MemberPath<ProxyCookies, [Rule]>,
    _ summary: String
  ) -> Directive {
    Directive(
      name, "off | text replacement", count: 1...2, in: [.http, .server, .location], summary
    ) { (statement, level) throws(Diagnostic) in
      let rules = rules()
      guard try begin(statement, level, rules) else { return }
      let words = statement.arguments
      level.settings.proxy.cookies[keyPath: rules].append(
        Rule(
          match: try match(words[0], statement, level),
          replacement: try level.template(
            isPlainDomain(words[0], statement) ? words[1].withoutDot : words[1], of: statement)))
    }
  }

  /// Drops the inherited rules with the first directive of a block.
  ///
  /// - Returns: Whether there is a rule to be added; false for `off`, which stands alone.
  private static func begin<Element>(
    _ statement: Statement, _ level: Level,
    _ rules: MemberPath<ProxyCookies, [Element]>
  ) throws(Diagnostic) -> Bool {
    let name = statement.name.text.string
    let words = statement.arguments
    let isFirst = level.namesUsed.insert(name).inserted
    if isFirst { level.settings.proxy.cookies[keyPath: rules] = [] }
    guard words.count > 1 || words[0].text == "off" else {
      throw .custom("invalid parameter \"\(words[0].text)\"", at: statement, word: words[0])
    }
    let isOff = words.count == 1
    guard isFirst || !isOff && !level.namesUsed.contains(name + " off") else {
      throw .duplicate(statement)
    }
    if isOff { level.namesUsed.insert(name + " off") }
    return !isOff
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
    // nginx: only paths have case.
    let hasCase = statement.name.text == "proxy_cookie_path"
    let isMarked = word.text.hasPrefix("~*") && statement.name.text != "proxy_cookie_flags"
    let (pattern, groups) = try level.pattern(
      word.text.dropFirst(isMarked ? 2 : 1), ignoresCase: isMarked || !hasCase, at: word,
      of: statement)
    return .pattern(pattern, groups)
  }

  /// Applies the rules to a cookie; one that none concerns stays as it is.
  func rewritten(_ value: ByteString, _ exchange: Exchange) -> ByteString {
    if domains.isEmpty, paths.isEmpty, flags.isEmpty { return value }
    guard var cookie = SetCookie(value) else { return value }
    var isChanged = false
    for index in cookie.attributes.indices {
      let attribute = cookie.attributes[index]
      guard let text = attribute.value else { continue }
      let changed: ByteString? =
        switch attribute.name.lowercased {
        case "domain": apply(domains, to: text, isDomain: true, exchange)
        case "path": apply(paths, to: text, isDomain: false, exchange)
        default: nil
        }
      guard let changed else { continue }
      cookie.attributes[index].value = changed
      isChanged = true
    }
    let flags = flags(of: cookie.name, exchange)
    cookie.apply(flags)
    return isChanged || flags != CookieFlags() ? cookie.text : value
  }

  /// What the first rule for a cookie says.
  private func flags(of name: ByteString, _ exchange: Exchange) -> CookieFlags {
    for rule in flags {
      switch rule.match {
      case .text(let template):
        guard name.equalsIgnoringCase(template.value(for: exchange)) else { continue }
      case .pattern(let pattern, let groups):
        guard let captures = pattern.match(name, in: exchange.matchMemory) else { continue }
        groups.note(captures, in: exchange)
      }
      return CookieFlags(rule.flags.map { $0.value(for: exchange) })
    }
    return CookieFlags()
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
