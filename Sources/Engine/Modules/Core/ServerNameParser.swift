package import Bytes
package import Config

/// Reads the arguments of `server_name`.
enum ServerNameParser {
  static func parse(
    _ word: Word, of statement: Statement, _ level: Level
  ) throws(Diagnostic) -> ServerName {
    let text = word.text
    if text.first == UInt8(ascii: "~") {
      guard text.count > 1 else {
        throw .custom("empty regex in server name \"\(text)\"", at: statement, word: word)
      }
      // nginx: names are compared in lower case, so upper case in an expression means no case.
      let hasUpperCase = text.bytes.contains { $0 &- 0x41 < 26 }
      let (pattern, groups) = try level.pattern(
        text.dropFirst(1), ignoresCase: hasUpperCase, at: word, of: statement)
      return .pattern(pattern, groups: groups)
    }
    return try plain(word, statement, level)
  }

  /// A name, perhaps with a wildcard.
  ///
  /// What is wrong with a wildcard in other ways is said per address, when all servers are known.
  private static func plain(
    _ word: Word, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> ServerName {
    let text = word.text.equalsIgnoringCase("$hostname") ? Program.hostName : word.text.lowercased
    let isInvalid = text.first == UInt8(ascii: "*") && (text.count < 3 || !text.hasPrefix("*."))
    guard !isInvalid, text != "." else {
      throw .custom("server name \"\(word.text)\" is invalid", at: statement, word: word)
    }
    if text.firstIndex(of: UInt8(ascii: "/")) != nil {
      level.load.report(
        .custom(
          "server name \"\(word.text)\" has suspicious symbols", at: statement, word: word,
          severity: .warning))
    }
    if text.first == UInt8(ascii: "*") { return .leadingWildcard(text.dropFirst(1)) }
    if text.bytes.last == UInt8(ascii: "*"), text.hasSuffix(".*") {
      return .trailingWildcard(text[0..<text.count - 1])
    }
    if text.first == UInt8(ascii: ".") { return .domain(text) }
    return .exact(text)
  }
}

extension ByteString {
  /// The first byte; nil where the string is empty.
  package var first: UInt8? { bytes.first }
}

extension Level {
  /// Compiles a regular expression, and makes variables of its named groups.
  ///
  /// - Throws: nginx's `pcre2_compile() failed`.
  package func pattern(
    _ source: ByteString, ignoresCase: Bool, at word: Word, of statement: Statement
  ) throws(Diagnostic) -> (Pattern, PatternGroups) {
    let expression = Load.Expression(source: source, ignoresCase: ignoresCase)
    let pattern: Pattern
    do throws(Pattern.CompileError) {
      pattern = try load.pattern(expression)
    } catch {
      let rest = source.dropFirst(min(error.offset, source.count))
      let place = rest.isEmpty ? "" : " at \"\(rest)\""
      throw .custom(
        "pcre2_compile() failed: \(error.message) in \"\(source)\"\(place)", at: statement,
        word: word)
    }
    var groups: [(group: Int, variable: Int)] = []
    for (name, number) in pattern.names {
      groups.append((number, try load.variables.define(name, at: statement)))
    }
    return (pattern, PatternGroups(groups))
  }
}
