import Bytes
import Config

// Advice about words that lie outside of what a directive takes, where nothing nearer is known.

extension Advice {
  /// How many words a directive takes, and which.
  @Sendable static func argumentCount(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid number of arguments"),
      let row = Catalogue.row(of: mistake.statement.name.text, in: mistake.context ?? [])
    else { return nil }
    let (least, most) = (row.count.lowerBound, row.count.upperBound)
    let count: String
    switch (least, most) {
    case (0, 0): return .sentence("it takes no arguments: \(row.name)\(row.isBlock ? " { }" : ";")")
    case (_, .max): count = "at least \(least) argument\(least == 1 ? "" : "s")"
    case (_, least): count = "\(least) argument\(least == 1 ? "" : "s")"
    default: count = "\(least) to \(most) arguments"
    }
    if row.syntax.isEmpty { return .sentence("it takes \(count)") }
    let syntax = "\(row.name) \(row.shortSyntax)\(row.isBlock ? " { }" : ";")"
    return .sentence("it takes \(count): \(syntax)")
  }

  /// The words of a directive that takes one of a few.
  @Sendable static func choices(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid value \""), !mistake.diagnostic.message.contains("it must be"),
      let directive = mistake.directive
    else { return nil }
    let words = directive.syntaxWords.map(\.name)
    let isComplete = directive.syntax.split(separator: " ").allSatisfy { token in
      token == "|" || token == "..." || words.contains { $0 == token || "[\($0)]" == token }
    }
    guard isComplete, words.count > 1, let last = words.last else { return nil }
    return .sentence("it may be \(words.dropLast().joined(separator: ", ")) or \(last)")
  }

  /// Several words with commas where a directive takes one.
  @Sendable static func listWithCommas(_ mistake: Mistake) -> Advice? {
    let (statement, words) = (mistake.statement, mistake.statement.arguments)
    let mark = UInt8(ascii: ",")
    guard mistake.says("invalid number of arguments"), words.count > 1,
      Catalogue.row(of: statement.name.text, in: mistake.context ?? [])?.count == 1...1,
      words.dropLast().allSatisfy({ !$0.isQuoted && $0.text.bytes.last == mark })
    else { return nil }
    let lines = words.map { word in
      let text = word.text.bytes.last == mark ? word.text[0..<word.text.count - 1] : word.text
      return "\(statement.name.text) \(text);"
    }
    return .sentence("it takes 1 argument: \(lines.joined(separator: " "))")
  }

  /// A comma behind a word.
  @Sendable static func comma(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    guard !mistake.word.isQuoted, text.count > 1, text.hasSuffix(","),
      mistake.word.place != mistake.statement.name.place
    else { return nil }
    return .word("\(text[0..<text.count - 1])")
  }

  /// A level of logs by another name.
  @Sendable static func logLevel(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid log level") else { return nil }
    let word = mistake.word.text.lowercased
    let names = LogLevel.allCases.map(\.name)
    if let nearest = SpellingSuggestion.nearest(to: word, among: names) { return .word(nearest) }
    if let start = start(of: word, among: names) { return .word(start) }
    return .sentence("the levels are \(names.joined(separator: ", "))")
  }

  /// A user or a group that the system does not have.
  @Sendable static func account(_ mistake: Mistake) -> Advice? {
    guard mistake.says("getpwnam(") || mistake.says("getgrnam(") else { return nil }
    let isGroup = mistake.says("getgrnam(")
    let usual = ["www-data", "nginx", "http", "nobody"].filter { (name) in
      let account = try? Account(
        name: ByteString(name), groupName: isGroup ? ByteString(name) : nil)
      return account != nil
    }
    let kind = isGroup ? "group" : "user"
    let others = usual.isEmpty ? "" : "; of the usual ones it has \(usual.joined(separator: ", "))"
    return .sentence("this system has no such \(kind)\(others)")
  }

  /// What a library of regular expressions says, in other words.
  @Sendable static func expression(_ mistake: Mistake) -> Advice? {
    let failure = "pcre2_compile() failed: "
    guard mistake.says(failure) else { return nil }
    let reason = mistake.diagnostic.message.dropFirst(failure.utf8.count)
    let pairs = [
      ("missing closing parenthesis", "(", ")"), ("missing terminating ]", "[", "]"),
      ("unmatched closing parenthesis", ")", "("),
    ]
    if let pair = pairs.first(where: { reason.hasPrefix($0.0) }) {
      return .sentence(
        "\"\(pair.1)\" has no \"\(pair.2)\": write \"\\\(pair.1)\" where it is meant as it stands")
    }
    guard reason.hasPrefix("quantifier does not follow") else { return nil }
    return .sentence(
      "\"*\", \"+\" and \"?\" repeat what stands before them: \".*\" is any text, \"\\.\" a dot")
  }
}

extension Directive {
  /// The syntax, or its first words where it is long.
  fileprivate var shortSyntax: String {
    if syntax.utf8.count <= 80 { return syntax }
    var shown = ""
    for word in syntax.split(separator: " ") {
      if shown.utf8.count + word.utf8.count > 60 { break }
      shown += word + " "
    }
    return shown + "..."
  }
}
