import Bytes

// Every sentence of the configuration machinery, worded as nginx words it; first those about the
// text, then those about directives, then those that any directive may use.

// MARK: - Text

extension Diagnostic {
  static func unexpected(_ byte: UInt8, at place: SourcePlace) -> Self {
    Self(message: "unexpected \"\(ByteString([byte]))\"", place: place)
  }

  /// The text ended inside a statement.
  static func unexpectedEnd(
    of file: String, line: Int, opening: SourcePlace, quote: UInt8? = nil
  ) -> Self {
    let message =
      file == SourcePlace.commandLine
      ? "unexpected end of parameter, expecting \";\""
      : "unexpected end of file, expecting \";\" or \"}\""
    let note = quote.map { "the quote \(ByteString([$0])) is not closed" }
    return Self(message: message, place: opening, reportedLine: line, note: note)
  }

  /// The text ended inside a block.
  static func missingClosingBrace(line: Int, opening: SourcePlace) -> Self {
    Self(
      message: "unexpected end of file, expecting \"}\"", place: opening, reportedLine: line,
      note: "the block that starts here is not closed")
  }

  static func tooLongParameter(_ opening: ByteString, at place: SourcePlace) -> Self {
    Self(message: "too long parameter \"\(opening)...\" started", place: place)
  }

  static func tooLongParameter(missing quote: UInt8, at place: SourcePlace) -> Self {
    let mark = ByteString([quote])
    return Self(
      message: "too long parameter, probably missing terminating \"\(mark)\" character",
      place: place)
  }

  static func blockInCommandLine(at place: SourcePlace) -> Self {
    Self(message: "block directives are not supported in -g option", place: place)
  }

  static func nestedTooDeeply(at place: SourcePlace, limit: Int) -> Self {
    Self(message: "blocks are nested too deeply, the limit is \(limit)", place: place)
  }
}

// MARK: - Files

extension Diagnostic {
  /// A file could not be read; nil is the place of the main file, which nothing includes.
  static func unreadable(_ path: String, _ error: ReadError, at statement: Statement?) -> Self {
    let message = "\(error.call) \"\(path)\" failed (\(error.code): \(error.reason))"
    // nginx opens a directory but fails to read it; it names no place for that.
    let isOpen = error.call == "open()" || error.call == "glob()"
    let severity = isOpen ? Severity.emergency : .critical
    guard let statement else { return Self(severity: severity, message: message) }
    return custom(message, at: statement, word: statement.arguments.first, severity: severity)
  }

  static func includesItself(_ path: String, at statement: Statement) -> Self {
    custom("\"\(path)\" includes itself", at: statement, word: statement.arguments.first)
  }

  static func tooManyIncludes(at statement: Statement, limit: Int) -> Self {
    custom("too many includes, the limit is \(limit)", at: statement)
  }

  static func includesTooDeep(at statement: Statement, limit: Int) -> Self {
    custom("includes are nested too deeply, the limit is \(limit)", at: statement)
  }
}

// MARK: - Directives

extension Diagnostic {
  /// - Parameter suggestion: The known name that was probably meant.
  package static func unknownDirective(_ statement: Statement, suggestion: String? = nil) -> Self {
    custom("unknown directive \"\(statement.name.text)\"", at: statement).suggesting(suggestion)
  }

  /// A directive in a block that it may not stand in.
  package static func notAllowedHere(_ statement: Statement) -> Self {
    directive(statement, "is not allowed here")
  }

  /// A directive that may stand once in a block and stands there twice.
  package static func duplicate(_ statement: Statement) -> Self {
    directive(statement, "is duplicate")
  }

  /// A simple directive with a block.
  package static func notTerminated(_ statement: Statement) -> Self {
    custom("directive \"\(statement.name.text)\" is not terminated by \";\"", at: statement)
  }

  /// A block directive without a block.
  package static func noOpeningBrace(_ statement: Statement) -> Self {
    custom("directive \"\(statement.name.text)\" has no opening \"{\"", at: statement)
  }

  /// A directive with too few or too many words.
  package static func invalidArgumentCount(_ statement: Statement) -> Self {
    custom(
      "invalid number of arguments in \"\(statement.name.text)\" directive", at: statement)
  }

  /// A directive that nginx has and this program has not.
  package static func unsupported(_ statement: Statement) -> Self {
    unsupported("directive \"\(statement.name.text)\"", at: statement)
  }

  /// Anything else that nginx has and this program has not.
  package static func unsupported(
    _ subject: String, at statement: Statement, word: Word? = nil
  ) -> Self {
    var problem = custom(
      "\(subject) is known to nginx, but not supported by apus yet", at: statement, word: word)
    problem.isOnlyOurs = true
    return problem
  }

  /// `"NAME" directive PROBLEM`, the sentence nginx makes of what a directive's setter returns.
  package static func directive(
    _ statement: Statement, _ problem: String, word: Word? = nil
  ) -> Self {
    custom("\"\(statement.name.text)\" directive \(problem)", at: statement, word: word)
  }
}

// MARK: - Values

extension Diagnostic {
  /// A time, size or other value that cannot be read.
  package static func invalidValue(of statement: Statement, word: Word? = nil) -> Self {
    directive(statement, "invalid value", word: word ?? statement.arguments.first)
  }

  /// A number that cannot be read.
  package static func invalidNumber(of statement: Statement, word: Word? = nil) -> Self {
    directive(statement, "invalid number", word: word ?? statement.arguments.first)
  }

  /// A flag other than `on` and `off`.
  package static func invalidFlag(_ word: Word, of statement: Statement) -> Self {
    custom(
      "invalid value \"\(word.text)\" in \"\(statement.name.text)\" directive, "
        + "it must be \"on\" or \"off\"", at: statement, word: word)
  }

  /// A word that is none of those a directive knows.
  package static func invalidValue(
    _ word: Word, of statement: Statement, suggestion: String? = nil
  ) -> Self {
    custom("invalid value \"\(word.text)\"", at: statement, word: word).suggesting(suggestion)
  }

  /// A word given twice, where nginx only warns.
  package static func duplicateValue(_ word: Word, of statement: Statement) -> Self {
    custom(
      "duplicate value \"\(word.text)\"", at: statement, word: word, severity: .warning)
  }

  /// A parameter that a directive does not know.
  package static func invalidParameter(
    _ word: Word, of statement: Statement, suggestion: String? = nil
  ) -> Self {
    custom("invalid parameter \"\(word.text)\"", at: statement, word: word).suggesting(suggestion)
  }

  /// A number below the least that is allowed.
  package static func tooSmall(_ word: Word, of statement: Statement, least: Int) -> Self {
    custom("value must be equal to or greater than \(least)", at: statement, word: word)
  }

  /// A number outside of what is allowed.
  package static func outOfBounds(
    _ word: Word, of statement: Statement, bounds: ClosedRange<Int>
  ) -> Self {
    custom(
      "value must be between \(bounds.lowerBound) and \(bounds.upperBound)", at: statement,
      word: word)
  }

  /// A warning about an old name; nil where nothing replaces the directive.
  package static func deprecated(_ statement: Statement, replacement: String?) -> Self {
    let advice = replacement.map { ", use the \"\($0)\" directive instead" } ?? ""
    return custom(
      "the \"\(statement.name.text)\" directive is deprecated\(advice)", at: statement,
      severity: .warning)
  }
}

// MARK: - Anything else

extension Diagnostic {
  /// Any sentence about a statement.
  ///
  /// - Parameter word: What the caret points to; the directive's name where nil.
  package static func custom(
    _ message: String, at statement: Statement, word: Word? = nil,
    severity: Severity = .emergency
  ) -> Self {
    Self(
      severity: severity, message: message, place: (word ?? statement.name).place,
      reportedLine: statement.reportedLine, order: statement.order)
  }

  /// Any sentence about a word alone; its own line is reported.
  package static func custom(
    _ message: String, at word: Word, severity: Severity = .emergency
  ) -> Self {
    Self(severity: severity, message: message, place: word.place)
  }

  /// Any sentence that nginx utters when it has read the closing brace of a block.
  package static func custom(
    _ message: String, atEndOf statement: Statement, severity: Severity = .emergency
  ) -> Self {
    Self(
      severity: severity, message: message, place: statement.name.place,
      reportedLine: statement.blockEnd?.line ?? statement.reportedLine, order: statement.endOrder)
  }

  /// Any sentence about the configuration as a whole; it comes behind all others.
  package static func general(_ message: String, severity: Severity = .emergency) -> Self {
    Self(severity: severity, message: message, order: .max)
  }
}
