import Bytes
import Config

/// What a person may want to know besides nginx's sentence: a row for each mistake that people
/// often make.
///
/// The first row that knows something speaks; the sentence that nginx would print stays as it is.
enum Advice {
  /// The word that was probably meant.
  case word(String)

  /// What to do, in one sentence.
  case sentence(String)

  /// What it is, in one sentence, so that no other word was meant.
  case explanation(String)

  /// After how many diagnostics nobody reads advice any more.
  static let maximumCount = 100

  typealias Row = @Sendable (Mistake) -> Advice?

  /// About what is no part of the language, such as bytes of web pages and word processors; they go
  /// before a suggestion.
  static let ofPasting: [Row] = [
    byteOrderMark, foreignLine, pastedCharacter, foreignDirective, elseBranch, policy, joinedName,
  ]

  /// About everything else.
  static let others: [Row] = [
    missingSemicolon, openBrace, equalsSign, comparison, webSocketScheme, scheme, surplusScheme,
    pathOfPattern, logFormat, logLevel, missingDollar, modifier, joinedParameter, repetition,
    parameter, flag, unit, separateUnit, looseValue, keyword, zone,
  ]
}

// MARK: - Bytes

extension Advice {
  private static let mark = ByteString([0xEF, 0xBB, 0xBF])

  @Sendable private static func byteOrderMark(_ mistake: Mistake) -> Advice? {
    let place = mistake.word.place
    guard mistake.word.text.hasPrefix(mark), place.line == 1, place.column == 1 else { return nil }
    return .sentence(
      "the file begins with a byte order mark (U+FEFF), which belongs to the first word: "
        + "save it without one")
  }

  /// Characters that look like others, and what to do about them.
  private static let pasted: [(character: ByteString, advice: String)] =
    ["\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}"].map {
      (ByteString($0), "\($0) is no quote to nginx: write \"")
    }
    + ["\u{2018}", "\u{2019}", "\u{201A}"].map {
      (ByteString($0), "\($0) is no quote to nginx: write '")
    }
    + [
      ("\u{A0}", "a no-break space (U+00A0)"), ("\u{202F}", "a narrow no-break space (U+202F)"),
      ("\u{200B}", "a zero width space (U+200B)"), ("\u{FEFF}", "a byte order mark (U+FEFF)"),
    ].map { (ByteString($0), "\($1) separates no words: write a space, or nothing") }

  @Sendable private static func pastedCharacter(_ mistake: Mistake) -> Advice? {
    let isWhole = mistake.word.place == mistake.statement.name.place
    for word in isWhole ? mistake.statement.words : [mistake.word] where !word.isQuoted {
      for (character, advice) in pasted where word.text.firstRange(of: character) != nil {
        return .sentence(advice)
      }
    }
    return nil
  }
}

// MARK: - Punctuation

extension Advice {
  /// A statement that has swallowed the next line: a `;` is missing before a word that begins a
  /// line and is the name of a directive.
  @Sendable private static func missingSemicolon(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    for (former, word) in zip(statement.words, statement.arguments)
    where former.place.line < word.place.line && !word.isQuoted
      && Catalogue.isKnownToNginx(word.text)
    {
      return .sentence(
        "is a \";\" missing behind \"\(former.text)\" in line \(former.place.line)?")
    }
    return surplusStatement(mistake)
  }

  /// A statement that has swallowed the next one of its line: what stands before the name of a
  /// directive is as many words as its own may have, and what stands behind it, too.
  private static func surplusStatement(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    let isOverlong = mistake.says("invalid number of arguments")
    guard isOverlong || mistake.says("invalid parameter"),
      let row = Catalogue.row(of: statement.name.text)
    else { return nil }
    let words = statement.arguments
    for index in words.indices.dropFirst() where !words[index].isQuoted {
      guard let other = Catalogue.row(of: words[index].text), !other.isBlock,
        row.count.contains(index), other.count.contains(words.count - index - 1),
        isOverlong || words[index].place == mistake.word.place
      else { continue }
      let (former, word) = (words[index - 1].text, words[index].text)
      return .sentence("is a \";\" missing between \"\(former)\" and \"\(word)\"?")
    }
    return nil
  }

  /// The brace of a quantifier such as `{3}` begins a block where it is not quoted.
  @Sendable private static func openBrace(_ mistake: Mistake) -> Advice? {
    let first =
      mistake.says("unknown directive")
      ? mistake.statement.name : mistake.statement.block?.first?.name
    guard let quantifier = first?.text.quantifier else { return nil }
    return .sentence(
      "the \"{\" of \"{\(quantifier)\" begins a block: write the whole expression in quotes")
  }

  @Sendable private static func equalsSign(_ mistake: Mistake) -> Advice? {
    let statement = mistake.statement
    let (name, value) = statement.name.text.splitAtEquals
    if let value, Catalogue.isKnownToNginx(name) {
      return value.isEmpty ? .word("\(name)") : .word("\(name) \(value)")
    }
    guard statement.arguments.first?.text.first == UInt8(ascii: "="),
      mistake.says("host not found") || mistake.says("invalid number of arguments")
    else { return nil }
    return .sentence("a value stands behind the name of its directive, without \"=\"")
  }
}

extension Advice {
  @Sendable private static func comparison(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unexpected \"==\"") else { return nil }
    return .sentence("one \"=\" compares: if ($variable = text)")
  }
}

extension ByteString {
  /// What stands behind the brace of a quantifier, up to the closing one: `3}`, `1,}` or `1,3}`;
  /// nil where the text does not begin like that.
  fileprivate var quantifier: ByteString? {
    guard let end = firstIndex(of: UInt8(ascii: "}")) else { return nil }
    let parts = self[0..<end].split(on: UInt8(ascii: ","))
    guard parts.count <= 2, !parts[0].isEmpty,
      parts.allSatisfy({ $0.bytes.allSatisfy(ASCII.isDigit) })
    else { return nil }
    return self[0..<end + 1]
  }
}

// MARK: - Names

extension Advice {
  @Sendable private static func scheme(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid URL prefix") else { return nil }
    let text = mistake.word.text
    for scheme in ["https", "http"] where text.lowercased.hasPrefix(ByteString(scheme)) {
      // What stands for `://` here.
      let rest = text.dropFirst(scheme.utf8.count)
      let count = rest.bytes.prefix { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }.count
      if count == 0 { continue }
      return rest.count > count ? .word("\(scheme)://\(rest.dropFirst(count))") : nil
    }
    guard let end = text.firstRange(of: "://") else { return .word("http://\(text)") }
    let nearest = SpellingSuggestion.nearest(
      to: text[0..<end.lowerBound], among: ["http", "https"])
    return nearest.map { .word("\($0)\(text.dropFirst(end.lowerBound))") }
  }

  /// A WebSocket begins as a request of HTTP.
  @Sendable private static func webSocketScheme(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    let isEncrypted = text.lowercased.hasPrefix("wss://")
    guard mistake.says("invalid URL prefix"), isEncrypted || text.lowercased.hasPrefix("ws://"),
      let start = text.firstRange(of: "://")
    else { return nil }
    return .sentence(
      "write \(isEncrypted ? "https" : "http")\(text.dropFirst(start.lowerBound)): it becomes a "
        + "WebSocket by \"proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
        + "proxy_set_header Connection upgrade;\"")
  }

  /// A path in `proxy_pass` takes the place of a prefix, and there is none.
  @Sendable private static func pathOfPattern(_ mistake: Mistake) -> Advice? {
    guard mistake.says("\"proxy_pass\" cannot have URI part"),
      let start = mistake.word.text.firstRange(of: "://")
    else { return nil }
    let text = mistake.word.text
    let isUnix = text.dropFirst(start.upperBound).hasPrefix("unix:")
    let end = text.bytes[(start.upperBound + (isUnix ? 5 : 0))...].firstIndex {
      $0 == UInt8(ascii: isUnix ? ":" : "/") || $0 == UInt8(ascii: isUnix ? ":" : "?")
    }
    guard let end else { return nil }
    return .sentence(
      "\"\(text[0..<end])\" passes the path of the request as it is; a \"rewrite ... break\" above "
        + "it changes the path")
  }

  /// Servers of groups, and of protocols other than HTTP, have no scheme.
  @Sendable private static func surplusScheme(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid host in upstream"), mistake.statement.name.text != "proxy_pass"
    else { return nil }
    let text = mistake.word.text
    for scheme in ["http://", "https://"].map({ ByteString($0) }) where text.hasPrefix(scheme) {
      return .word("\(text.dropFirst(scheme.count))")
    }
    return nil
  }

  @Sendable private static func logFormat(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown log format"), mistake.word.text.splitAtEquals.value != nil else {
      return nil
    }
    return .sentence("the name of a format, such as \"combined\", stands before parameters")
  }

  @Sendable private static func logLevel(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid log level") else { return nil }
    return SpellingSuggestion.nearest(to: mistake.word.text, among: LogLevel.allCases.map(\.name))
      .map { .word($0) }
  }

  /// A zone that is nowhere declared.
  @Sendable private static func zone(_ mistake: Mistake) -> Advice? {
    guard
      mistake.says("zero size shared memory zone")
        || mistake.diagnostic.message.hasSuffix(
          "is unknown")
    else { return nil }
    let load = mistake.load
    switch mistake.statement.name.text {
    case "limit_req":
      let declared = load.requestRateZones.filter { $0.value.isDeclared }.keys
      return zone(
        mistake, among: declared,
        declaration: "limit_req_zone $binary_remote_addr zone=%:10m rate=10r/s;")
    case "limit_conn":
      let declared = load.connectionZones.filter { !$0.value.keyText.isEmpty }.keys
      return zone(
        mistake, among: declared, declaration: "limit_conn_zone $binary_remote_addr zone=%:10m;")
    case "proxy_cache", "fastcgi_cache":
      let declared = load.cacheZones.filter { $0.value.zone != nil }.keys
      return zone(
        mistake, among: declared,
        declaration: "\(mistake.statement.name.text)_path cache keys_zone=%:10m;")
    default: return nil
    }
  }

  private static func zone(
    _ mistake: Mistake, among declared: some Sequence<ByteString>, declaration: String
  ) -> Advice? {
    let parts = mistake.diagnostic.message.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return nil }
    let name = String(parts[parts.count - 2])
    if let nearest = mistake.load.nearest(to: ByteString(name), among: declared) {
      return .word(nearest)
    }
    let text = declaration.split(separator: "%", maxSplits: 1)
    return .sentence("declare it in http: \(text[0])\(name)\(text[1])")
  }

  /// A directive that its block has already.
  @Sendable private static func repetition(_ mistake: Mistake) -> Advice? {
    guard mistake.diagnostic.message.hasSuffix("directive is duplicate") else { return nil }
    let former = mistake.siblings.first { $0.name.text == mistake.statement.name.text }
    guard let former, former.order < mistake.statement.order else { return nil }
    return .sentence(whereFirst(former, before: mistake.statement))
  }

  /// Where the statement is that another one repeats.
  static func whereFirst(_ first: Statement, before second: Statement) -> String {
    let place = first.name.place
    let isNear = place.file == second.name.place.file
    return "the first one is in \(isNear ? "line " : "\(place.file):")\(place.line)"
  }

  /// How a variable is defined that many configurations take from nginx's manual without its map.
  static func definition(ofVariable name: ByteString) -> String? {
    guard name == "connection_upgrade" else { return nil }
    return "define it in http: map $http_upgrade $connection_upgrade "
      + "{ default upgrade; '' close; }"
  }
}
