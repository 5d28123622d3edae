import Bytes
import CLinux
import Config
import Sockets

extension StickySessions {
  static let directive = Directive(
    "sticky", "cookie name [parameters] | route $variable ... | learn parameters",
    count: 2...Int.max, in: .upstream,
    "Keeps the requests of a client with one server, by a cookie, a variable or what it learns."
  ) { (statement, level) throws(Diagnostic) in
    guard let draft = level.upstream else { throw .notAllowedHere(statement) }
    try level.markUsed("sticky", by: statement)
    let word = statement.arguments[0]
    switch word.text {
    case "cookie": draft.sticky = try cookie(statement, level)
    case "route": draft.sticky = try route(statement, level)
    case "learn": draft.sticky = try learning(statement, level, draft)
    default: throw .unknownParameter(word, statement)
    }
  }

  // MARK: - cookie

  private static func cookie(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> StickySessions {
    let name = statement.arguments[1]
    guard !name.text.isEmpty else { throw .directive(statement, "empty cookie name", word: name) }
    var cookie = StickyCookie(name: name.text)
    var used: Set<ByteString> = []
    for word in statement.arguments.dropFirst(2) {
      let (key, value) = word.text.splitAtEquals
      try read(key, value, word, statement, level, into: &cookie)
      guard used.insert(key).inserted else {
        throw .directive(statement, "parameter \"\(key)\" is duplicate", word: word)
      }
    }
    let variable = level.load.variables.number(
      of: "cookie_" + name.text, mentionedAt: statement, word: name)
    return StickySessions(lookup: [variable], cookie: cookie)
  }

  private static func read(
    _ key: ByteString, _ value: ByteString?, _ word: Word, _ statement: Statement, _ level: Level,
    into cookie: inout StickyCookie
  ) throws(Diagnostic) {
    switch (key, value) {
    case ("httponly", nil): cookie.isHTTPOnly = true
    case ("secure", nil): cookie.isSecure = true
    case ("domain", let value?):
      cookie.domain = try template(
        try notEmpty(value, key, word, statement), word, statement, level)
    case ("path", let value?): cookie.path = try notEmpty(value, key, word, statement)
    case ("expires", let value?): cookie.lifetime = try lifetime(value, word, statement)
    case ("samesite", let value?):
      let template = try template(value, word, statement, level)
      if let text = template.constant, !StickyCookie.sameSiteWords.contains(text.lowercased) {
        throw .directive(statement, "invalid \"samesite\" parameter value", word: word)
      }
      cookie.sameSite = template
    default: throw .unknownParameter(word, statement)
    }
  }

  private static func notEmpty(
    _ value: ByteString, _ key: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> ByteString {
    if value.isEmpty { throw .directive(statement, "no value for \"\(key)\"", word: word) }
    return value
  }

  private static func template(
    _ value: ByteString, _ word: Word, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Template {
    try Template.compile(value, at: word, of: statement, variables: level.load.variables)
  }

  private static func lifetime(
    _ value: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> CookieLifetime {
    if value == "max" { return .longest }
    guard let seconds = Units.seconds(value) else {
      throw .directive(statement, "invalid \"expires\" parameter value", word: word)
    }
    return .seconds(seconds)
  }

  // MARK: - route

  private static func route(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> StickySessions {
    var sessions = StickySessions()
    for word in statement.arguments.dropFirst() {
      guard word.text.hasPrefix("$") else {
        throw .custom("invalid variable name \"\(word.text)\"", at: statement, word: word)
      }
      sessions.lookup.append(variable(word.text.dropFirst(1), word, statement, level))
    }
    return sessions
  }

  private static func variable(
    _ name: ByteString, _ word: Word, _ statement: Statement, _ level: Level
  ) -> Int {
    level.load.variables.number(of: name, mentionedAt: statement, word: word)
  }

  // MARK: - learn

  private static func learning(
    _ statement: Statement, _ level: Level, _ draft: UpstreamDraft
  ) throws(Diagnostic) -> StickySessions {
    var parser = LearningParser(statement: statement, level: level)
    for word in statement.arguments.dropFirst() { try parser.read(word) }
    return try parser.sessions(of: draft)
  }

  /// Collects the parameters of `sticky learn`.
  private struct LearningParser {
    let statement: Statement
    let level: Level
    private var sessions = StickySessions()
    private var create: [Int] = []
    private var zone: (name: ByteString, byteCount: Int)?
    private var timeout: Int?
    private var learnsFromHead = false

    init(statement: Statement, level: Level) {
      self.statement = statement
      self.level = level
    }

    mutating func read(_ word: Word) throws(Diagnostic) {
      switch word.text.splitAtEquals {
      case ("header", nil): learnsFromHead = true
      case ("zone", let value?): try readZone(value, word)
      case ("timeout", let value?):
        if timeout != nil { throw problem("duplicate timeout", word) }
        guard let time = Units.milliseconds(value), time > 0 else {
          throw problem("invalid timeout", word)
        }
        timeout = time
      case ("create", let value?): create.append(try variable("create", value, word))
      case ("lookup", let value?): sessions.lookup.append(try variable("lookup", value, word))
      default: throw .unknownParameter(word, statement)
      }
    }

    private func problem(_ sentence: String, _ word: Word? = nil) -> Diagnostic {
      .directive(statement, sentence, word: word)
    }

    private func variable(
      _ parameter: String, _ value: ByteString, _ word: Word
    ) throws(Diagnostic) -> Int {
      guard value.hasPrefix("$") else {
        throw problem("missing variable in the \"\(parameter)\" parameter", word)
      }
      return StickySessions.variable(value.dropFirst(1), word, statement, level)
    }

    private mutating func readZone(_ value: ByteString, _ word: Word) throws(Diagnostic) {
      if zone != nil { throw problem("duplicate zone", word) }
      guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else {
        throw problem("zone size is not specified", word)
      }
      if colon == 0 { throw problem("zone name is not specified", word) }
      guard let byteCount = Units.size(value.dropFirst(colon + 1)) else {
        throw problem("invalid zone size", word)
      }
      guard byteCount >= 8 * Int(getpagesize()) else { throw problem("zone is too small", word) }
      zone = (value[0..<colon], byteCount)
    }

    func sessions(of draft: UpstreamDraft) throws(Diagnostic) -> StickySessions {
      if sessions.lookup.isEmpty { throw problem("\"lookup\" parameter is not specified") }
      if create.isEmpty { throw problem("\"create\" parameter is not specified") }
      guard let zone else { throw problem("\"zone\" parameter is not specified") }
      if let owner = level.load.stickyZones[zone.name] {
        throw .custom(
          "sticky zone \"\(zone.name)\" is already used in upstream \"\(owner)\"",
          at: statement)
      }
      level.load.stickyZones[zone.name] = draft.name
      let former = level.upstreamGroups.former[draft.name.lowercased]
      var made = sessions
      made.learning = StickyLearning(
        create: create, learnsFromHead: learnsFromHead,
        zone: StickyZone(
          name: zone.name, byteCount: zone.byteCount,
          timeout: Milliseconds(timeout ?? 600_000),
          former: former?.sticky?.learning?.zone))
      return made
    }
  }
}

extension Diagnostic {
  fileprivate static func unknownParameter(_ word: Word, _ statement: Statement) -> Self {
    custom("unknown parameter \"\(word.text)\"", at: statement, word: word)
  }
}
