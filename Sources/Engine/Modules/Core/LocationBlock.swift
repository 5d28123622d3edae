import Bytes
import Config

/// `location` and `limit_except`.
enum LocationBlock {
  static let directives: [Directive] = [
    Directive(
      block: "location", "[ = | ~ | ~* | ^~ ] uri | @name", count: 1...2,
      in: [.server, .location],
      "Holds the configuration for some request paths.", apply: readLocation),
    Directive(
      block: "limit_except", "method ...", count: 1...Int.max, in: .location,
      "Holds the rules for all methods but the ones that are named.", apply: readLimitExcept),
  ]

  @Sendable private static func readLocation(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard let parent = level.location else { return }
    let (kind, name) = try kindAndName(statement, level)
    try checkNesting(kind, name, in: parent, statement)
    let draft = LocationDraft(
      kind: kind, name: name, statement: statement, inheriting: level.inherited, parent: parent)
    if let former = parent.take(kind, name, for: statement) {
      level.load.report(
        .custom("duplicate location \"\(name)\"", at: statement)
          .noting(Advice.whereFirst(former, before: statement)), in: .locations)
    }
    let inner = Level(
      context: .location, load: level.load, inheriting: level.inherited, server: level.server,
      location: draft)
    level.load.read(statement.block ?? [], into: inner)
    draft.inherited = inner.inherited
    parent.append(draft)
  }

  private static func kindAndName(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> (Location.Kind, ByteString) {
    let words = statement.arguments
    if words.count == 2 {
      let name = words[1].text
      switch words[0].text {
      case "=": return (.exact, name)
      case "^~": return (.prefix(excludesPatterns: true), name)
      case "~": return (try pattern(name, words[1], false, statement, level), name)
      case "~*": return (try pattern(name, words[1], true, statement, level), name)
      default:
        throw .custom(
          "invalid location modifier \"\(words[0].text)\"", at: statement, word: words[0])
      }
    }
    // The modifier may stand without a space before the path.
    let text = words[0].text
    if text.first == UInt8(ascii: "/") { return (.prefix(excludesPatterns: false), text) }
    if text.hasPrefix("=") { return (.exact, text.dropFirst(1)) }
    if text.hasPrefix("^~") { return (.prefix(excludesPatterns: true), text.dropFirst(2)) }
    if text.hasPrefix("~*") {
      return (try pattern(text.dropFirst(2), words[0], true, statement, level), text.dropFirst(2))
    }
    if text.hasPrefix("~") {
      return (try pattern(text.dropFirst(1), words[0], false, statement, level), text.dropFirst(1))
    }
    if text.hasPrefix("@") { return (.named, text) }
    return (.prefix(excludesPatterns: false), text)
  }

  private static func pattern(
    _ source: ByteString, _ word: Word, _ ignoresCase: Bool, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Location.Kind {
    let (pattern, groups) = try level.pattern(
      source, ignoresCase: ignoresCase, at: word, of: statement)
    return .pattern(pattern, groups: groups)
  }

  /// The rules of nginx about which location may stand in which.
  private static func checkNesting(
    _ kind: Location.Kind, _ name: ByteString, in parent: LocationDraft, _ statement: Statement
  ) throws(Diagnostic) {
    func refuse(_ text: String) throws(Diagnostic) -> Never {
      throw .custom("location \"\(name)\" \(text)", at: statement)
    }
    switch parent.kind {
    case .server: return
    case .exact:
      try refuse("cannot be inside the exact location \"\(parent.name)\"")
    case .named:
      try refuse("cannot be inside the named location \"\(parent.name)\"")
    case .prefix, .pattern, .conditional: break
    }
    if case .named = kind {
      throw .custom(
        "named location \"\(name)\" can be on the server level only", at: statement)
    }
    if case .pattern = kind { return }
    // nginx compares with the text of an expression too.
    guard name.hasPrefix(parent.name) else {
      try refuse("is outside location \"\(parent.name)\"")
    }
  }

  @Sendable private static func readLimitExcept(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard let location = level.location else { return }
    try level.markUsed("limit_except", by: statement)
    var methods = try statement.arguments.map { (word) throws(Diagnostic) in
      guard let method = word.text.knownMethod else {
        throw .custom("invalid method \"\(word.text)\"", at: statement, word: word)
      }
      return method
    }
    if methods.contains("GET") { methods.append("HEAD") }
    let draft = LocationDraft(
      kind: .conditional, name: location.name, statement: statement, inheriting: level.inherited,
      parent: location)
    let inner = Level(
      context: .limitExcept, load: level.load, inheriting: level.inherited, server: level.server,
      location: draft)
    level.load.read(statement.block ?? [], into: inner)
    draft.inherited = inner.inherited
    location.limitExcept = (methods, draft)
  }
}

extension ByteString {
  private static let methods: Set<ByteString> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "OPTIONS", "PROPFIND",
    "PROPPATCH", "LOCK", "UNLOCK", "PATCH",
  ]

  /// The method of that name, in upper case; nil where nginx knows none.
  fileprivate var knownMethod: ByteString? {
    let upper = ByteString(bytes.map { ASCII.uppercase($0) })
    return ByteString.methods.contains(upper) ? upper : nil
  }
}
