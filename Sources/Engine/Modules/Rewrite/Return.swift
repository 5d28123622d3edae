import Bytes
import Config

/// `return`: answers with a status, and with a text or to another URI.
struct Return: RewriteStep {
  private let status: Int

  /// The text of the body, or the URI of a redirect.
  private let text: Template

  init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let words = statement.arguments
    let invalid = Diagnostic.custom(
      "invalid return code \"\(words[0].text)\"", at: statement, word: words[0])
    if let code = words[0].text.decimalNumber {
      guard code <= 999 else { throw invalid }
      status = code
      text =
        words.count > 1
        ? try level.template(words[1], of: statement) : Template(constant: ByteString())
      if words.count > 1, Return.redirects.contains(code) {
        level.load.warnOfBrokenURL(words[1], of: statement)
      }
    } else {
      guard words.count == 1, words[0].text.isAbsoluteTarget else { throw invalid }
      status = 302
      text = try level.template(words[0], of: statement)
    }
  }

  /// The statuses whose text is a URI.
  private static let redirects = [301, 302, 303, 307, 308]

  func run(_ exchange: Exchange) throws(Failure) -> RewriteOutcome {
    // nginx: without a text, errors get their page; `error_page` may answer in its stead.
    if status >= 400, text.isAlwaysEmpty { throw .status(status) }
    guard !Return.redirects.contains(status) else {
      exchange.response.location = text.value(for: exchange)
      throw .status(status)
    }
    return .respond(TextAnswer(status: status, text: text))
  }
}

/// A status with a short text; the type is that of the path's extension.
private struct TextAnswer: PromptHandler {
  let status: Int
  let text: Template

  func answer(to exchange: Exchange) throws(Failure) -> HandlerOutcome {
    exchange.response.allowsConditions = true
    // The text may show it: `$status`.
    exchange.response.status = status
    return try exchange.respond(
      status: status, contentType: exchange.response.contentType ?? exchange.mediaTypeOfPath,
      body: text.value(for: exchange))
  }
}
