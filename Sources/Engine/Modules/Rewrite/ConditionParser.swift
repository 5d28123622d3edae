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
    let first = words.removeFirst()
    guard first.text.hasPrefix("(") else { throw invalid(first) }
    if first.text.count > 1 { words.insert(first.with(first.text.dropFirst(1)), at: 0) }
    let last = words.popLast() ?? first
    guard last.text.hasSuffix(")") else { throw invalid(last) }
    if last.text.count > 1 { words.append(last.with(last.text[0..<last.text.count - 1])) }
    guard !words.isEmpty else { throw invalid(last) }
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

extension Word {
  /// A copy with another text.
  fileprivate func with(_ text: ByteString) -> Word {
    Word(text: text, isQuoted: isQuoted, place: place)
  }
}
