package import Bytes
package import Config

/// A word of the configuration with its variables found: text and variables in turn.
package struct Template: Sendable {
  enum Part: Sendable {
    case text(ByteString)
    case variable(Int)
    /// A group of the last regular expression that matched, `$1` to `$9`.
    case capture(Int)
  }

  let parts: [Part]

  /// The text where the word has no variables; nil otherwise.
  package let constant: ByteString?

  init(parts: [Part]) {
    self.parts = parts
    constant =
      switch (parts.count, parts.first) {
      case (0, _): ByteString()
      case (1, .text(let text)): text
      default: nil
      }
  }

  /// A word without variables.
  package init(constant: ByteString) {
    self.init(parts: constant.isEmpty ? [] : [.text(constant)])
  }

  /// Whether the word is empty whatever the request.
  package var isAlwaysEmpty: Bool { parts.isEmpty }

  /// Whether the word takes something from the last regular expression.
  package var usesCaptures: Bool {
    parts.contains { if case .capture = $0 { true } else { false } }
  }

  /// Appends the value for a request.
  package func append(for exchange: Exchange, to output: ByteBuffer) {
    for part in parts {
      switch part {
      case .text(let text): output.append(text)
      case .variable(let number): exchange.appendVariable(number, to: output)
      case .capture(let group): exchange.appendCapture(group, to: output)
      }
    }
  }

  /// The value for a request.
  package func value(for exchange: Exchange) -> ByteString {
    if let constant { return constant }
    return exchange.collect { append(for: exchange, to: $0) }
  }
}

extension Template {
  /// Finds the variables of a word: `$name`, `${name}` and `$1` to `$9`.
  ///
  /// - Throws: `invalid variable name`, and the like, as nginx says it.
  package static func compile(
    _ text: ByteString, at word: Word?, of statement: Statement, variables: VariableTable
  ) throws(Diagnostic) -> Template {
    var parts: [Part] = []
    var literal = ByteString()
    var index = 0
    while index < text.count {
      guard text[index] == dollar else {
        literal.append(text[index])
        index += 1
        continue
      }
      let (name, end) = try name(in: text, after: index + 1, at: word, of: statement)
      if !literal.isEmpty { parts.append(.text(literal)) }
      literal = ByteString()
      // nginx: `${1}` is a variable called 1, not a group.
      if end == index + 2, let group = ASCII.digit(name[0]), group > 0 {
        parts.append(.capture(group))
      } else {
        parts.append(.variable(variables.number(of: name, mentionedAt: statement, word: word)))
      }
      index = end
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
    return Template(parts: parts)
  }

  private static let dollar = UInt8(ascii: "$")

  private static func name(
    in text: ByteString, after start: Int, at word: Word?, of statement: Statement
  ) throws(Diagnostic) -> (name: ByteString, end: Int) {
    guard start < text.count else {
      throw .custom("invalid variable name", at: statement, word: word)
    }
    if let digit = ASCII.digit(text[start]), digit > 0 {
      return (text[start..<start + 1], start + 1)
    }
    let isBraced = text[start] == UInt8(ascii: "{")
    let first = isBraced ? start + 1 : start
    var end = first
    while end < text.count, isNameByte(text[end]) { end += 1 }
    if isBraced, end >= text.count || text[end] != UInt8(ascii: "}") {
      throw .custom(
        "the closing bracket in \"\(text[first..<end])\" variable is missing", at: statement,
        word: word)
    }
    guard end > first else {
      throw .custom("invalid variable name", at: statement, word: word)
    }
    return (text[first..<end], isBraced ? end + 1 : end)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "_")
  }
}
