package import Bytes
import Config

/// One `log_format`: what a line of the access log says.
package struct LogFormat: Sendable {
  enum Part: Sendable {
    case text(ByteString)
    case variable(Int)
  }

  package let name: ByteString
  let parts: [Part]
  let escaping: LogEscaping

  /// Appends a line without its end.
  ///
  /// Only what comes from variables is escaped.
  func append(for exchange: Exchange, to line: ByteBuffer) {
    for part in parts {
      switch part {
      case .text(let text): line.append(text)
      case .variable(let number):
        let start = line.count
        if exchange.appendVariable(number, to: line) {
          escaping.escape(line, from: start)
        } else if escaping == .standard {
          line.append(UInt8(ascii: "-"))
        }
      }
    }
  }
}

extension LogFormat {
  /// The format that is there without `log_format`.
  static func combined(_ variables: VariableTable) -> LogFormat {
    func variable(_ name: ByteString) -> Part {
      .variable(variables.number(of: name, mentionedAt: nil))
    }
    return LogFormat(
      name: "combined",
      parts: [
        variable("remote_addr"), .text(" - "), variable("remote_user"), .text(" ["),
        variable("time_local"), .text("] \""), variable("request"), .text("\" "),
        variable("status"), .text(" "), variable("body_bytes_sent"), .text(" \""),
        variable("http_referer"), .text("\" \""), variable("http_user_agent"), .text("\""),
      ],
      escaping: .standard)
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
    var parts: [Part] = []
    for word in words { try compile(word, statement, variables, into: &parts) }
    return LogFormat(name: statement.arguments[0].text, parts: parts, escaping: escaping)
  }

  private static func compile(
    _ word: Word, _ statement: Statement, _ variables: VariableTable, into parts: inout [Part]
  ) throws(Diagnostic) {
    let text = word.text
    let dollar = UInt8(ascii: "$")
    var index = 0
    while index < text.count {
      if text[index] == dollar {
        let name = try name(in: text, at: &index, word, statement)
        parts.append(
          .variable(variables.number(of: name, mentionedAt: statement, word: word)))
      } else {
        let end = text.bytes[index...].firstIndex(of: dollar) ?? text.count
        parts.append(.text(text[index..<end]))
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
