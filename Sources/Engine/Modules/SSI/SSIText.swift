import Bytes

/// A value of a command with variables in it, such as `/menu?page=$arg_page`.
enum SSIText {
  /// Why a text cannot be evaluated; the error log has the sentence.
  struct Problem: Error {
    let sentence: String
  }

  private static let dollar = UInt8(ascii: "$")
  private static let backslash = UInt8(ascii: "\\")

  /// Puts in the values of variables and takes out the backslashes before `$`, quotes and
  /// backslashes.
  static func evaluate(
    _ text: ByteString, _ value: (ByteString) -> ByteString?
  ) throws(Problem) -> ByteString {
    var result = ByteString()
    var index = 0
    while index < text.count {
      switch text[index] {
      case dollar:
        let (name, end) = try name(in: text, after: index + 1)
        if let value = value(name) { result.append(value) }
        index = end
      case backslash where index + 1 < text.count:
        let next = text[index + 1]
        if next != backslash, next != dollar, next != UInt8(ascii: "'"), next != UInt8(ascii: "\"")
        {
          result.append(backslash)
        }
        result.append(next)
        index += 2
      default:
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  private static func name(
    in text: ByteString, after start: Int
  ) throws(Problem) -> (name: ByteString, end: Int) {
    let isBraced = start < text.count && text[start] == UInt8(ascii: "{")
    let first = isBraced ? start + 1 : start
    var end = first
    while end < text.count, ASCII.isAlphanumeric(text[end]) || text[end] == UInt8(ascii: "_") {
      end += 1
    }
    let name = text[min(first, text.count)..<end]
    if isBraced, end >= text.count || text[end] != UInt8(ascii: "}") {
      throw Problem(
        sentence: "the closing bracket in \"\(name)\" variable is missing")
    }
    guard !name.isEmpty else { throw Problem(sentence: "invalid variable name in \"\(text)\"") }
    return (name, isBraced ? end + 1 : end)
  }
}

/// The condition of `if` and `elif`: `text`, `text = text`, `text != /expression/`.
struct SSIExpression {
  let left: ByteString

  /// nil asks whether the left side is not empty.
  var right: ByteString?
  var isPattern = false
  var isNegated = false

  /// nil where the text is none.
  init?(_ text: ByteString) {
    var end = 0
    while end < text.count, SSIExpression.isOfLeft(text[end]) { end += 1 }
    left = text[0..<end]
    var rest = text.dropFirst(end).trimmed
    if rest.isEmpty { return }
    if rest.hasPrefix("=") {
      rest = rest.dropFirst(1).trimmed
    } else if rest.hasPrefix("!=") {
      isNegated = true
      rest = rest.dropFirst(2).trimmed
    } else {
      return nil
    }
    if rest.count > 1, rest.hasPrefix("/") {
      guard rest.hasSuffix("/") else { return nil }
      isPattern = true
      rest = rest[1..<rest.count - 1]
    } else if rest.hasPrefix("\\/") {
      rest = rest.dropFirst(1)
    }
    right = rest
  }

  private static func isOfLeft(_ byte: UInt8) -> Bool {
    if ASCII.isAlphanumeric(byte) { return true }
    switch byte {
    case UInt8(ascii: "$"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "_"),
      UInt8(ascii: "\""), UInt8(ascii: "'"):
      return true
    default: return false
    }
  }
}
