package import Bytes
import Config

/// One `log_format`: what a line of the access log says.
///
/// One object and one text for all parts: writing a line counts no references to them.
package final class LogFormat: Sendable {
  enum Part: Sendable {
    /// A range of ``LogFormat/text``.
    case text(Range<Int>)
    case variable(Int)
  }

  package let name: ByteString
  let escaping: LogEscaping
  private let parts: [Part]

  /// The text of all parts, one behind the other.
  private let text: ByteString

  init(name: ByteString, _ parts: LogFormatParts, escaping: LogEscaping) {
    self.name = name
    self.parts = parts.parts
    text = parts.text
    self.escaping = escaping
  }

  /// Appends a line without its end.
  ///
  /// Only what comes from variables is escaped.
  func append(for source: some VariableSource, to line: ByteBuffer) {
    for index in parts.indices {
      switch parts[index] {
      case .text(let range): line.append(text, in: range)
      case .variable(let number):
        let start = line.count
        if source.appendVariable(number, to: line) {
          escaping.escape(line, from: start)
        } else if escaping == .standard {
          line.append(UInt8(ascii: "-"))
        }
      }
    }
  }
}

/// The parts of a format that is being put together.
struct LogFormatParts {
  private(set) var parts: [LogFormat.Part] = []
  private(set) var text = ByteString()

  mutating func append(_ text: ByteString) {
    parts.append(.text(self.text.count..<self.text.count + text.count))
    self.text.append(text)
  }

  mutating func append(variable number: Int) { parts.append(.variable(number)) }
}

extension LogFormat {
  /// The format that is there without `log_format`.
  static func combined(_ variables: VariableTable) -> LogFormat {
    var parts = LogFormatParts()
    let pieces: [(text: ByteString, variable: ByteString)] = [
      ("", "remote_addr"), (" - ", "remote_user"), (" [", "time_local"), ("] \"", "request"),
      ("\" ", "status"), (" ", "body_bytes_sent"), (" \"", "http_referer"),
      ("\" \"", "http_user_agent"),
    ]
    for (text, variable) in pieces {
      parts.append(text)
      parts.append(variable: variables.number(of: variable, mentionedAt: nil))
    }
    parts.append("\"")
    return LogFormat(name: "combined", parts, escaping: .standard)
  }

  /// Reads the words of a `log_format` directive.
  static func compile(
    _ statement: Statement, variables: VariableTable
  ) throws(Diagnostic) -> LogFormat {
    var words = statement.arguments.dropFirst()
    var escaping = LogEscaping.standard
    if let word = words.first, word.text.hasPrefix("escape=") {
      escaping = try LogEscaping.named(word.text.dropFirst(7), word, statement)
      words.removeFirst()
    }
    var parts = LogFormatParts()
    for word in words { try compile(word, statement, variables, into: &parts) }
    return LogFormat(name: statement.arguments[0].text, parts, escaping: escaping)
  }

  private static func compile(
    _ word: Word, _ statement: Statement, _ variables: VariableTable,
    into parts: inout LogFormatParts
  ) throws(Diagnostic) {
    let text = word.text
    let dollar = UInt8(ascii: "$")
    var index = 0
    while index < text.count {
      if text[index] == dollar {
        let name = try name(in: text, at: &index, word, statement)
        parts.append(
          variable: variables.number(of: name, mentionedAt: statement, word: word))
      } else {
        let end = text.bytes[index...].firstIndex(of: dollar) ?? text.count
        parts.append(text[index..<end])
        index = end
      }
    }
  }

  /// The name of a variable; `index` moves from its dollar sign to what follows it.
  private static func name(
    in text: ByteString, at index: inout Int, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> ByteString {
    let start = index
    index += 1
    let isBraced = index < text.count && text[index] == UInt8(ascii: "{")
    if isBraced { index += 1 }
    let first = index
    while index < text.count, ASCII.isAlphanumeric(text[index]) || text[index] == 0x5F {
      index += 1
    }
    let name = text[first..<index]
    if isBraced, first < text.count {
      guard index < text.count, text[index] == UInt8(ascii: "}") else {
        throw .custom(
          "the closing bracket in \"\(name)\" variable is missing", at: statement, word: word)
      }
      index += 1
    }
    guard !name.isEmpty else {
      throw .custom("invalid parameter \"\(text.dropFirst(start))\"", at: statement, word: word)
    }
    return name
  }
}
