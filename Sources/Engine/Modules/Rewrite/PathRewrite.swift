import Bytes
import Config
import Wire

/// `rewrite`: changes the path where it matches a regular expression, or redirects the client.
struct PathRewrite: RewriteStep {
  /// What follows a match.
  private enum Flag {
    /// The next step.
    case none
    case last
    case `break`
  }

  private let pattern: Pattern
  private let groups: PatternGroups

  /// The new path; for a redirect, the whole new URI.
  private let path: Template

  /// The new query; nil where the replacement has none.
  private let query: Template?

  /// Whether the query of the request is put behind that of the replacement.
  private let keepsQuery: Bool

  /// The status of a redirect; nil where the path is changed.
  private let status: Int?
  private let hasQuestionMark: Bool
  private let flag: Flag

  init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let words = statement.arguments
    var text = words[1].text
    guard !text.isEmpty else {
      throw .custom("empty replacement", at: statement, word: words[1])
    }
    level.load.warnOfBrokenURL(words[1], of: statement)
    (pattern, groups) = try level.pattern(
      words[0].text, ignoresCase: false, at: words[0], of: statement)
    keepsQuery = text.bytes.last != questionMark
    if !keepsQuery { text = text[0..<text.count - 1] }
    (flag, status) = try PathRewrite.flag(statement, replacement: text)
    hasQuestionMark = text.firstIndex(of: questionMark) != nil
    let (before, after) = status == nil ? text.splitAtQuestionMark : (text, nil)
    path = try PathRewrite.template(before, statement, level)
    query = try after.map { (text) throws(Diagnostic) in
      try PathRewrite.template(text, statement, level)
    }
  }

  private static func template(
    _ text: ByteString, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> Template {
    try Template.compile(
      text, at: statement.arguments[1], of: statement, variables: level.load.variables)
  }

  private static func flag(
    _ statement: Statement, replacement: ByteString
  ) throws(Diagnostic) -> (Flag, status: Int?) {
    let status = replacement.isAbsoluteTarget ? 302 : nil
    guard statement.arguments.count == 3 else { return (.none, status) }
    let word = statement.arguments[2]
    switch word.text {
    case "last": return (.last, status)
    case "break": return (.break, status)
    case "redirect": return (.none, 302)
    case "permanent": return (.none, 301)
    default: throw .invalidParameter(word, of: statement)
    }
  }

  func run(_ exchange: Exchange) throws(Failure) -> RewriteOutcome {
    guard let captures = pattern.match(exchange.path, in: exchange.matchMemory) else {
      exchange.captures = nil
      exchange.logRewriting("\"\(pattern.source)\" does not match \"\(exchange.path)\"")
      return .next
    }
    exchange.logRewriting("\"\(pattern.source)\" matches \"\(exchange.path)\"")
    groups.note(captures, in: exchange)
    if let status {
      redirect(exchange)
      throw .status(status)
    }
    try changePath(of: exchange)
    exchange.isPathChanged = flag != .break
    if flag == .break { exchange.isPathOfLocation = false }
    return flag == .none ? .next : .stop
  }

  private func redirect(_ exchange: Exchange) {
    let text = exchange.collect {
      path.append(for: exchange, to: $0, encodingCaptures: true)
    }
    var target = RedirectTarget.decode(text)
    if keepsQuery, let query = exchange.query, !query.isEmpty {
      target.append(hasQuestionMark ? UInt8(ascii: "&") : questionMark)
      target.append(query)
    }
    exchange.encodesCaptures = false
    exchange.logRewriting("rewritten redirect: \"\(target)\"")
    exchange.response.location = target
  }

  private func changePath(of exchange: Exchange) throws(Failure) {
    let newPath = exchange.collect { path.append(for: exchange, to: $0) }
    exchange.query = newQuery(for: exchange)
    exchange.isInternal = true
    exchange.encodesCaptures = false
    exchange.logRewriting("rewritten data: \"\(newPath)\", args: \"\(exchange.query ?? "")\"")
    guard !newPath.isEmpty else {
      exchange.logError(.error, "the rewritten URI has a zero length")
      throw .status(500)
    }
    exchange.path = newPath
  }

  private func newQuery(for exchange: Exchange) -> ByteString? {
    guard let query else { return keepsQuery ? exchange.query : nil }
    return exchange.collect {
      query.append(for: exchange, to: $0, encodingCaptures: true)
      guard keepsQuery, let old = exchange.query, !old.isEmpty else { return }
      $0.append(UInt8(ascii: "&"))
      $0.append(old)
    }
  }
}

private let questionMark = UInt8(ascii: "?")

extension ByteString {
  /// Whether the text begins as an absolute URI does, so that a client is sent there.
  var isAbsoluteTarget: Bool {
    hasPrefix("http://") || hasPrefix("https://") || hasPrefix("$scheme")
  }
}

/// The URI of a redirect.
enum RedirectTarget {
  /// Decodes what needs no percent-encoding, up to the query.
  ///
  /// nginx: `%26` to `%7E` become characters, other encoded bytes stay as they are; an encoded `?`
  /// begins the query.
  static func decode(_ text: ByteString) -> ByteString {
    guard text.firstIndex(of: 0x25) != nil else { return text }
    var result = ByteString()
    var index = 0
    while index < text.count {
      guard text[index] == 0x25 else {
        if text[index] == questionMark { return result + text.dropFirst(index) }
        result.append(text[index])
        index += 1
        continue
      }
      guard let byte = encodedByte(in: text, at: index) else {
        // nginx drops a `%` that is none.
        index += 1
        continue
      }
      if byte == questionMark {
        result.append(byte)
        return result + text.dropFirst(index + 3)
      }
      if (0x26..<0x7F).contains(byte) {
        result.append(byte)
      } else {
        result.append(text[index..<index + 3])
      }
      index += 3
    }
    return result
  }

  private static func encodedByte(in text: ByteString, at index: Int) -> UInt8? {
    guard index + 2 < text.count, let high = ASCII.hexValue(text[index + 1]),
      let low = ASCII.hexValue(text[index + 2])
    else { return nil }
    return high << 4 | low
  }
}
