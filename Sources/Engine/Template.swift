package import Bytes
package import Config

/// A word of the configuration with its variables found: text and variables in turn.
package final class Template: Sendable {
  enum Part: Hashable, Sendable {
    /// A range of ``text``.
    case text(Range<Int>)
    case variable(Int)
    /// A group of the last regular expression that matched, `$1` to `$9`.
    case capture(Int)

    /// The same part where the text stands behind so many other bytes.
    func shifted(by offset: Int) -> Part {
      guard case .text(let range) = self else { return self }
      return .text(range.lowerBound + offset..<range.upperBound + offset)
    }
  }

  /// The parts of a word with variables; none of other words.
  private let variedParts: [Part]

  /// The text of all parts, one behind the other.
  let text: ByteString

  /// The text where the word has no variables; nil otherwise.
  package let constant: ByteString?

  init(parts: [Part], text: ByteString) {
    let isConstant = parts.allSatisfy { if case .text = $0 { true } else { false } }
    variedParts = isConstant ? [] : parts
    self.text = text
    constant = isConstant ? text : nil
    soleVariable =
      if parts.count == 1, case .variable(let number) = parts[0] { number } else { nil }
  }

  /// A word without variables.
  package convenience init(constant: ByteString) {
    self.init(parts: [], text: constant)
  }

  /// All parts.
  var parts: [Part] {
    constant == nil || text.isEmpty ? variedParts : [.text(0..<text.count)]
  }

  /// The number of the variable that is the whole word; nil for other words.
  let soleVariable: Int?

  /// Whether the word is empty whatever the request.
  package var isAlwaysEmpty: Bool { constant?.isEmpty ?? false }

  /// Whether the word takes something from the last regular expression.
  package var usesCaptures: Bool {
    variedParts.contains { if case .capture = $0 { true } else { false } }
  }

  /// Appends the value for a request or a session.
  package func append(for source: some VariableSource, to output: ByteBuffer) {
    if let soleVariable {
      source.appendVariable(soleVariable, to: output)
    } else if let constant {
      output.append(constant)
    } else {
      for index in variedParts.indices { source.append(variedParts[index], of: text, to: output) }
    }
  }

  /// The value for a request or a session.
  package func value(for source: some VariableSource) -> ByteString {
    if let constant { return constant }
    return source.collect { append(for: source, to: $0) }
  }
}

/// Whom variables ask: a request, or a session of `stream`.
package protocol VariableSource {
  /// Appends the value of a variable.
  ///
  /// - Returns: false where it has none.
  @discardableResult
  func appendVariable(_ number: Int, to output: ByteBuffer) -> Bool

  /// Appends a group of the last regular expression; nothing where it took no part.
  func appendCapture(_ group: Int, to output: ByteBuffer)

  /// Collects what a closure writes into a string.
  func collect(_ body: (ByteBuffer) -> Void) -> ByteString
}

extension Exchange: VariableSource {}

extension VariableSource {
  /// Appends the value of a part of a template, or of a list of steps made from templates.
  ///
  /// - Parameter text: The text that the ranges of parts refer to.
  @inline(__always)
  func append(_ part: Template.Part, of text: ByteString, to output: ByteBuffer) {
    switch part {
    case .text(let range): output.append(text, in: range)
    case .variable(let number): appendVariable(number, to: output)
    case .capture(let group): appendCapture(group, to: output)
    }
  }
}

/// The values of some templates, whose parts lie in one list and whose texts in one text.
struct TemplateValues: Sendable {
  /// One of the values.
  struct Value: Sendable {
    /// Its parts, as a range of the list.
    fileprivate let parts: Range<Int>

    /// The number of the variable that is the whole value; -1 for other values.
    fileprivate let variable: Int
  }

  private var parts: [Template.Part] = []

  /// Adds the value of a template.
  ///
  /// - Parameter start: Where the text of the template begins in the text of all.
  mutating func add(_ template: Template, at start: Int) -> Value {
    let first = parts.count
    parts += template.parts.map { $0.shifted(by: start) }
    return Value(parts: first..<parts.count, variable: template.soleVariable ?? -1)
  }

  /// Appends one of the values for a request.
  @inline(__always)
  func append(_ value: Value, of text: ByteString, for exchange: Exchange, to output: ByteBuffer) {
    if value.variable >= 0 {
      exchange.appendVariable(value.variable, to: output)
    } else {
      for place in value.parts { exchange.append(parts[place], of: text, to: output) }
    }
  }
}

extension Template: Hashable {
  package static func == (left: Template, right: Template) -> Bool {
    left === right || left.text == right.text && left.variedParts == right.variedParts
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(text)
    hasher.combine(variedParts.count)
  }
}

extension Template {
  /// Finds the variables of a word: `$name`, `${name}` and `$1` to `$9`.
  ///
  /// - Parameter isInherited: Whether the mentions count only where a server inherits them.
  /// - Throws: `invalid variable name`, and the like, as nginx says it.
  package static func compile(
    _ text: ByteString, at word: Word?, of statement: Statement, variables: VariableTable,
    isInherited: Bool = false
  ) throws(Diagnostic) -> Template {
    guard text.bytes.contains(dollar) else { return Template(constant: text) }
    return try variables.template(of: text, isInherited: isInherited) { () throws(Diagnostic) in
      let (parts, literals) = try parts(
        of: text, at: word, of: statement, variables, isInherited: isInherited)
      return Template(parts: parts, text: literals)
    }
  }

  private static func parts(
    of text: ByteString, at word: Word?, of statement: Statement, _ variables: VariableTable,
    isInherited: Bool
  ) throws(Diagnostic) -> (parts: [Part], text: ByteString) {
    var parts: [Part] = []
    parts.reserveCapacity(2)
    var literals = ByteString()
    literals.bytes.reserveCapacity(text.count)
    var start = 0
    var index = 0
    while index < text.count {
      guard text[index] == dollar else {
        literals.append(text[index])
        index += 1
        continue
      }
      let (name, end) = try name(in: text, after: index + 1, at: word, of: statement)
      if literals.count > start { parts.append(.text(start..<literals.count)) }
      start = literals.count
      // nginx: `${1}` is a variable called 1, not a group.
      if end == index + 2, let group = ASCII.digit(name[0]), group > 0 {
        parts.append(.capture(group))
      } else {
        let number = variables.number(
          of: name, mentionedAt: statement, word: word, isInherited: isInherited)
        parts.append(.variable(number))
      }
      index = end
    }
    if literals.count > start { parts.append(.text(start..<literals.count)) }
    return (parts, literals)
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
