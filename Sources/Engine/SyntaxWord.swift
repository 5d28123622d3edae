/// A word that a directive takes as it stands, from its documented syntax.
struct SyntaxWord: Equatable {
  /// The word, or what stands before its `=`.
  let name: String

  /// What stands behind the `=`, such as `number`; nil for a word without one.
  var value: String?
}

extension Directive {
  /// The words of the syntax that stand for something else.
  private static let placeholders: Set<Substring> = [
    "address", "charset", "charset1", "charset2", "ciphers", "code", "command", "condition",
    "connections", "cpumask", "curve", "device", "directory", "digit", "expression", "field",
    "file", "flag", "format", "group", "header_timeout", "key", "letter", "level", "level1",
    "level2", "level3", "method", "mime-type", "name", "number", "parameter", "parameters",
    "path", "permissions", "port", "rate", "regex", "replacement", "response", "size", "source",
    "string", "text", "time", "uri", "url", "user", "users", "value", "variable",
    "word", "zone", "CIDR", "URL",
  ]

  /// The words that may stand behind the name, placeholders left out.
  var syntaxWords: [SyntaxWord] {
    syntax.split { " []{}".contains($0) }.flatMap { (token) -> [SyntaxWord] in
      let parts = token.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let choices = parts[parts.count - 1].split(separator: "|")
      guard parts.count == 2 else {
        return choices.filter { Directive.isWord($0) && !Directive.placeholders.contains($0) }
          .map { SyntaxWord(name: String($0)) }
      }
      guard let value = choices.first, Directive.isWord(parts[0]) else { return [] }
      return [SyntaxWord(name: String(parts[0]), value: String(value))]
    }
  }

  private static func isWord(_ token: Substring) -> Bool {
    guard let first = token.first, first.isLetter || first.isNumber else { return false }
    return token.allSatisfy { $0.isLetter || $0.isNumber || "_-.".contains($0) }
  }
}
