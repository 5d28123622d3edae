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

  /// Where the brace of a block is missing.
  case missingBrace(String)

  /// After how many diagnostics nobody reads advice any more.
  static let maximumCount = 100

  typealias Row = @Sendable (Mistake) -> Advice?

  /// About what is no part of the language, such as bytes of web pages and word processors; they go
  /// before a suggestion.
  static let ofPasting: [Row] = [
    byteOrderMark, foreignLine, pastedCharacter, foreignDirective, elseBranch, policy, joinedName,
    otherName, surplusSemicolon,
  ]

  /// About everything else.
  static let others: [Row] = [
    misplaced, missingBrace, missingSemicolon, openBrace, equalsSign, comparison, webSocketScheme,
    scheme, surplusScheme, pathOfPattern, listOfAddresses, port, comma, logFormat, logLevel,
    missingDollar, modifier, joinedParameter, repetition, parameter, flag, unit, separateUnit,
    looseValue, keyword, choices, zone, account, expression, relatedNames, listWithCommas,
    argumentCount,
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
    for word in isWhole ? mistake.statement.words : [mistake.word] {
      if let advice = ofPastedCharacter(in: word) { return .sentence(advice) }
    }
    return nil
  }

  /// What to do about a character that looks like another one; nil where there is none.
  static func ofPastedCharacter(in word: Word) -> String? {
    guard !word.isQuoted, word.text.bytes.contains(where: { $0 >= 0x80 }) else { return nil }
    return pasted.first { word.text.firstRange(of: $0.character) != nil }?.advice
  }
}

// MARK: - Punctuation

extension Advice {
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

// MARK: - Names

extension Advice {
  @Sendable private static func logFormat(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown log format"), mistake.word.text.splitAtEquals.value != nil else {
      return nil
    }
    return .sentence("the name of a format, such as \"combined\", stands before parameters")
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
