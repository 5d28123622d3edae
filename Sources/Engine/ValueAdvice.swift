import Bytes
import Config

// Advice about parameters and values; what is known of them is the syntax of their directive.

extension Advice {
  /// A parameter whose name is nearly one of the directive's, or whose value has a wrong unit.
  @Sendable static func parameter(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid parameter"), let words = mistake.directive?.syntaxWords else {
      return nil
    }
    let (name, value) = mistake.word.text.splitAtEquals
    guard let value else {
      return nearest(to: name, among: words.filter { $0.value == nil }).map { .word($0) }
    }
    let pairs = words.filter { $0.value != nil }
    let nearest =
      pairs.contains { $0.name == name.string } ? name.string : nearest(to: name, among: pairs)
    guard let nearest, let kind = pairs.first(where: { $0.name == nearest })?.value else {
      return nil
    }
    let corrected = unit(value, isTime: kind == "time") ?? value.string
    let word = "\(nearest)=\(corrected)"
    return word == mistake.word.text.string ? nil : .word(word)
  }

  /// Directives whose last value is a text, and how many words stand before it.
  static let texts: [ByteString: Int] = [
    "add_header": 1, "add_trailer": 1, "auth_basic": 0, "fastcgi_param": 1, "proxy_set_header": 1,
    "return": 1, "set": 1,
  ]

  /// A value of several words, which wants quotes.
  @Sendable static func looseValue(_ mistake: Mistake) -> Advice? {
    let (name, words) = (mistake.statement.name.text, mistake.statement.arguments)
    guard mistake.says("invalid parameter") || mistake.says("invalid number of arguments"),
      let start = texts[name], words.count > start + 1
    else { return nil }
    let isAlways = name.hasPrefix("add_") && words[words.count - 1].text == "always"
    let end = words.count - (isAlways ? 1 : 0)
    guard start < end else { return nil }
    let value = words[start..<end].map { $0.isQuoted ? "'\($0.text)'" : $0.text.string }
    let first = ([name] + words[0..<start].map(\.text)).map(\.string).joined(separator: " ")
    return .sentence(
      "a value of several words stands in quotes: "
        + "\(first) \"\(value.joined(separator: " "))\"\(isAlways ? " always" : "");")
  }

  /// One of the words that a directive takes.
  @Sendable static func keyword(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid value \""), let words = mistake.directive?.syntaxWords,
      // A number is not misspelt.
      mistake.word.text.bytes.contains(where: { $0 >= UInt8(ascii: "A") })
    else { return nil }
    let choices = words.filter { $0.value == nil }
    return
      (nearest(to: mistake.word.text, among: choices)
      ?? start(of: mistake.word.text.lowercased, among: choices.map(\.name))).map { .word($0) }
  }

  /// The word that another one is a longer or shorter form of: `warn` of `warning`, `error` of
  /// `err`.
  static func start(of text: ByteString, among words: [String]) -> String? {
    words.first {
      $0.utf8.count >= 4 && text.hasPrefix(ByteString($0))
        || text.count >= 3 && ByteString($0).hasPrefix(text)
    }
  }

  private static func nearest(to word: ByteString, among words: [SyntaxWord]) -> String? {
    SpellingSuggestion.nearest(to: word, among: words.map(\.name))
  }

  /// What other programs call `on` and `off`.
  @Sendable static func flag(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid value \""), let words = mistake.directive?.syntaxWords else {
      return nil
    }
    let meant: String
    switch mistake.word.text.lowercased {
    case "yes", "true", "1", "enable", "enabled": meant = "on"
    case "no", "false", "0", "disable", "disabled", "none": meant = "off"
    default: return nil
    }
    return words.contains { $0.name == meant } ? .word(meant) : nil
  }

  /// A size or a time whose unit nginx does not know.
  @Sendable static func unit(_ mistake: Mistake) -> Advice? {
    let message = mistake.diagnostic.message
    if message.hasSuffix("directive invalid value") {
      guard let isTime = mistake.directive?.takesTime else { return nil }
      return unit(mistake.word.text, isTime: isTime).map { .word($0) }
    }
    let text = mistake.word.text
    let named = mistake.directive?.syntaxWords.first { $0.name == text.splitAtEquals.name.string }
    let sentences = ["time", "buffer size", "zone size", "session cache"]
    let kind = named?.value ?? sentences.first { message.hasPrefix("invalid \($0) ") }
    guard message.hasPrefix("invalid "), let kind else { return nil }
    // The value is the last part, as in `zone=name:size`.
    let end = text.bytes.lastIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }
    let start = end.map { $0 + 1 } ?? 0
    return unit(text.dropFirst(start), isTime: kind.contains("time"))
      .map { .word("\(text[0..<start])\($0)") }
  }

  /// A space between a number and its unit.
  @Sendable static func separateUnit(_ mistake: Mistake) -> Advice? {
    let words = mistake.statement.arguments.map(\.text)
    guard mistake.says("invalid number of arguments"), words.count == 2,
      let isTime = Catalogue.row(of: mistake.statement.name.text)?.takesTime
    else { return nil }
    let whole = words[0] + words[1].lowercased
    let isRight = isTime ? Units.milliseconds(whole) != nil : Units.offset(whole) != nil
    guard words[0].decimalNumber != nil, words[1].decimalNumber == nil else { return nil }
    return isRight ? .word(whole.string) : unit(whole, isTime: isTime).map { .word($0) }
  }

  private static let sizes: [ByteString: String] = [
    "b": "", "byte": "", "bytes": "", "kb": "k", "kib": "k", "mb": "m", "mib": "m", "meg": "m",
    "g": "g", "gb": "g", "gib": "g",
  ]

  private static let times: [ByteString: String] = [
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m",
    "minute": "m", "minutes": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d",
    "days": "d", "week": "w", "weeks": "w", "month": "M", "months": "M", "year": "y",
    "years": "y", "msec": "ms", "millis": "ms", "milliseconds": "ms",
  ]

  /// A number with nginx's word for its unit; nil where that is unknown, or is what stands there.
  static func unit(_ text: ByteString, isTime: Bool) -> String? {
    let digits = text.bytes.prefix(while: ASCII.isDigit)
    let name = text.dropFirst(digits.count).lowercased
    guard let number = ByteString(Array(digits)).decimalNumber,
      let unit = (isTime ? times : sizes)[name]
    else { return nil }
    // Most sizes cannot be given in gigabytes.
    if unit == "g" {
      let (megabytes, overflow) = number.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : "\(megabytes)m"
    }
    return "\(number)\(unit)"
  }
}

extension Directive {
  /// Whether the value is a span of time, or a size in bytes; nil where it is neither.
  fileprivate var takesTime: Bool? {
    if syntax.contains("time") { return true }
    return syntax.contains("size") || syntax.contains("rate") ? false : nil
  }
}
