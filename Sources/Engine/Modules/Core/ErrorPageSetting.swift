import Bytes
import Config

/// One `error_page`.
package struct ErrorPage: Hashable, Sendable {
  package let statuses: [Int]

  /// The status of the response: nil keeps the one of the error, 0 takes the new response's.
  package let newStatus: Int?

  /// A path, an absolute URI or `@name`.
  package let target: Template

  package init(statuses: [Int], newStatus: Int?, target: Template) {
    self.statuses = statuses
    self.newStatus = newStatus
    self.target = target
  }
}

/// Reads `error_page CODE ... [=[RESPONSE]] URI`.
enum ErrorPageParser {
  /// Statuses of nginx's own, which the client sees as 400.
  private static let ownStatuses = 494...497

  @Sendable static func apply(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let words = statement.arguments
    let (newStatus, count) = try newStatus(statement)
    let target = try level.template(words[words.count - 1], of: statement)
    let statuses = try words[0..<count].map { (word) throws(Diagnostic) in
      try status(word, of: statement)
    }
    if level.namesUsed.insert("error_page").inserted { level.settings.core.errorPages = [] }
    level.settings.core.errorPages += statuses.map { status in
      let isOwn = newStatus == nil && ownStatuses.contains(status)
      return ErrorPage(statuses: [status], newStatus: isOwn ? 400 : newStatus, target: target)
    }
  }

  /// - Returns: The status after `=`, and how many words come before it.
  private static func newStatus(
    _ statement: Statement
  ) throws(Diagnostic) -> (status: Int?, count: Int) {
    let words = statement.arguments
    let index = words.count - 2
    let word = words[index]
    guard word.text.first == UInt8(ascii: "=") else { return (nil, words.count - 1) }
    guard index > 0 else { throw .invalidValue(word, of: statement) }
    if word.text.count == 1 { return (0, index) }
    guard let status = word.text.dropFirst(1).decimalNumber else {
      throw .invalidValue(word, of: statement)
    }
    return (status, index)
  }

  private static func status(
    _ word: Word, of statement: Statement
  ) throws(Diagnostic) -> Int {
    guard let status = word.text.decimalNumber, status != 499 else {
      throw .invalidValue(word, of: statement)
    }
    guard (300...599).contains(status) else {
      throw .custom(
        "value \"\(word.text)\" must be between 300 and 599", at: statement, word: word)
    }
    return status
  }
}
