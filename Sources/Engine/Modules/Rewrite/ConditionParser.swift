import Bytes
import Config

/// Reads the words of `if (…)`.
struct ConditionParser {
  private let statement: Statement
  private let level: Level

  /// The words between the parentheses.
  private var words: [Word] = []

  /// - Throws: `invalid condition` where a parenthesis is missing.
  init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    self.statement = statement
    self.level = level
    words = statement.arguments
    guard let first = words.first, first.text.hasPrefix("(") else { throw invalid(words[0]) }
    guard let last = words.last, last.text.hasSuffix(")") else {
      throw invalid(words[words.count - 1])
    }
    replaceFirst(by: first.text.dropFirst(1))
    if let last = words.last, last.text.hasSuffix(")") {
      replaceLast(by: last.text[0..<last.text.count - 1])
    }
    guard !words.isEmpty else { throw invalid(first) }
  }

  private mutating func replaceFirst(by text: ByteString) {
    let old = words.removeFirst()
    guard !text.isEmpty else { return }
    words.insert(Word(text: text, isQuoted: old.isQuoted, place: old.place), at: 0)
  }

  private mutating func replaceLast(by text: ByteString) {
    let old = words.removeLast()
    // nginx: only a word of its own is dropped; `(` and `)` in one word leave an empty one.
    guard !text.isEmpty || words.isEmpty else { return }
    words.append(Word(text: text, isQuoted: old.isQuoted, place: old.place))
  }

  private func invalid(_ word: Word) -> Diagnostic {
    .custom("invalid condition \"\(word.text)\"", at: statement, word: word)
  }

  func parse() throws(Diagnostic) -> Condition {
    let text = words[0].text
    if text.count > 1, text.hasPrefix("$") { return try variableCondition() }
    if text.count == 2, text.hasPrefix("-") { return try fileCondition(isNegated: false) }
    if text.count == 3, text.hasPrefix("!-") { return try fileCondition(isNegated: true) }
    throw invalid(words[0])
  }

  private func variableCondition() throws(Diagnostic) -> Condition {
    guard words.count == 1 || words.count == 3 else { throw invalid(words[0]) }
    let variable = level.load.variables.number(
      of: words[0].text.dropFirst(1), mentionedAt: statement, word: words[0])
    guard words.count == 3 else {
      return Condition(test: .isTrue(variable: variable), isNegated: false)
    }
    switch words[1].text {
    case "=", "!=":
      let value = try level.template(words[2], of: statement)
      return Condition(test: .equals(variable: variable, value), isNegated: words[1].text == "!=")
    case "~", "~*", "!~", "!~*":
      let (pattern, groups) = try level.pattern(
        words[2].text, ignoresCase: words[1].text.hasSuffix("*"), at: words[2], of: statement)
      return Condition(
        test: .matches(variable: variable, pattern, groups),
        isNegated: words[1].text.hasPrefix("!"))
    default:
      throw .custom(
        "unexpected \"\(words[1].text)\" in condition", at: statement, word: words[1])
    }
  }

  private func fileCondition(isNegated: Bool) throws(Diagnostic) -> Condition {
    guard words.count == 2 else { throw invalid(words[0]) }
    let path = try level.template(words[1], of: statement)
    guard let letter = words[0].text.bytes.last, let test = Condition.FileTest(rawValue: letter)
    else { throw invalid(words[0]) }
    return Condition(test: .file(test, path), isNegated: isNegated)
  }
}
