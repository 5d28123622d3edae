import Bytes
import Config

extension CoreSettings {
  /// Where files are and what is said of them.
  static let fileDirectives: [Directive] = [
    Directive(
      "root", "path", count: 1...1, in: levels.union(.ifInLocation),
      "The folder that the request path starts at.", apply: RootParser.apply
    ).with(defaultText: "html"),
    Directive(
      "alias", "path", count: 1...1, in: .location,
      "What stands in place of the location's name in the path of a file.",
      apply: RootParser.apply),
    Directive(
      table: "types", "", count: 0...0, in: levels,
      "The media types of file name extensions: a type and its extensions in each line.",
      apply: readTypes),
    Directive(
      "default_type", .text("mime-type"), sets: .core.defaultType, in: levels,
      "The media type of files whose extension `types` does not name."),
    Directive(
      "etag", .flag, sets: .core.sendsEntityTags, in: levels,
      "Whether files are sent with an entity tag made of their time and size."),
    Directive(
      "if_modified_since", .keyword, sets: .core.ifModifiedSince, in: levels,
      "How `If-Modified-Since` is compared with the time of a file."),
    Directive(
      "max_ranges", .number, sets: .core.maximumRanges, in: levels,
      "The most ranges that a request may ask for; 0 makes the program ignore all ranges."),
    Directive(
      "disable_symlinks", "off", count: 1...2, in: levels,
      "Whether symbolic links are refused; only `off` is supported.", apply: readSymlinks
    ).with(defaultText: "off"),
  ]

  @Sendable private static func readTypes(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let isFirst = level.namesUsed.insert("types").inserted
    var types = isFirst ? [:] : level.settings.core.types.byExtension
    for line in statement.block ?? [] {
      let type = line.name.text
      for word in line.arguments {
        let name = word.text.lowercased
        if let previous = types[name] {
          level.load.report(
            .custom(
              "duplicate extension \"\(name)\", content type: \"\(type)\", "
                + "previous content type: \"\(previous)\"", at: line, word: word,
              severity: .warning))
        }
        types[name] = type
      }
    }
    level.settings.core.types = MediaTypes(byExtension: types)
  }

  @Sendable private static func readSymlinks(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("disable_symlinks", by: statement)
    guard statement.arguments.map(\.text) == ["off"] else { throw .unsupported(statement) }
  }
}

/// Reads `root` and `alias`, which exclude each other.
private enum RootParser {
  private static let alias: ByteString = "alias"

  @Sendable static func apply(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let isAlias = statement.name.text == alias
    try checkOther(isAlias ? "root" : "alias", statement, level)
    try level.markUsed(isAlias ? "alias" : "root", by: statement)
    let word = statement.arguments[0]
    if isAlias, case .named? = level.location?.kind {
      throw .custom(
        "the \"alias\" directive cannot be used inside the named location", at: statement)
    }
    try checkVariables(word, statement)
    var root = level.settings.core.root
    root.path = try template(word, isAlias, statement, level)
    root.alias = isAlias ? aliasedPart(level) : nil
    level.settings.core.root = root
  }

  private static func checkOther(
    _ other: String, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard level.namesUsed.contains(other) else { return }
    throw .directive(statement, "is duplicate, \"\(other)\" directive was specified earlier")
  }

  private static func checkVariables(
    _ word: Word, _ statement: Statement
  ) throws(Diagnostic) {
    guard word.text.bytes.contains(UInt8(ascii: "$")) else { return }
    for name in ["document_root", "realpath_root"] {
      let isUsed =
        word.text.contains(ByteString("$" + name))
        || word.text.contains(ByteString("${" + name + "}"))
      guard isUsed else { continue }
      throw .custom(
        "the $\(name) variable cannot be used in the \"\(statement.name.text)\" directive",
        at: statement, word: word)
    }
  }

  private static func template(
    _ word: Word, _ isAlias: Bool, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Template {
    var text = word.text
    if !isAlias, text.bytes.last == UInt8(ascii: "/") { text = text[0..<text.count - 1] }
    if text.first != UInt8(ascii: "$"), !(text.isEmpty && word.text == "/") {
      text = level.pathBelowPrefix(text)
    }
    return try Template.compile(text, at: word, of: statement, variables: level.load.variables)
  }

  /// The part of the path that the location's own name is.
  private static func aliasedPart(_ level: Level) -> AliasedPart {
    guard let location = level.location else { return .first(0) }
    if case .pattern = location.kind { return .all }
    return .first(location.name.count)
  }
}

extension ByteString {
  /// Whether the bytes of another string stand somewhere in this one.
  func contains(_ other: ByteString) -> Bool {
    guard other.count <= count else { return false }
    return (0...count - other.count).contains {
      bytes[$0..<$0 + other.count].elementsEqual(other.bytes)
    }
  }
}
