import Bytes
import Config

// Advice about names: what is no directive, and what lacks a space or a `$`.

extension Advice {
  /// A line that documents have around a configuration.
  @Sendable static func foreignLine(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown directive") else { return nil }
    return ForeignLine.advice(on: mistake.statement.name).map { .explanation($0) }
  }

  /// A directive that others than nginx's free modules have.
  @Sendable static func foreignDirective(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown directive") else { return nil }
    return ForeignDirectives.advice(on: mistake.statement.name.text).map { .explanation($0) }
  }

  @Sendable static func elseBranch(_ mistake: Mistake) -> Advice? {
    guard mistake.says("unknown directive"),
      ["else", "elseif", "elsif", "elif"].contains(mistake.statement.name.text.lowercased)
    else { return nil }
    return .explanation(
      "nginx has no \"else\": write another \"if\" with the opposite condition, or a map in http")
  }

  /// A part of a policy whose first `;` ended the directive.
  @Sendable static func policy(_ mistake: Mistake) -> Advice? {
    let others: Set<ByteString> = [
      "base-uri", "block-all-mixed-content", "form-action", "frame-ancestors", "report-to",
      "report-uri", "upgrade-insecure-requests",
    ]
    let name = mistake.statement.name.text
    guard mistake.says("unknown directive"), name.hasSuffix("-src") || others.contains(name) else {
      return nil
    }
    return .explanation(
      "a part of Content-Security-Policy: the whole value, with every \";\", stands in quotes")
  }

  /// The name of a directive and its first word without a space between them.
  @Sendable static func joinedName(_ mistake: Mistake) -> Advice? {
    let text = mistake.statement.name.text
    let name = text[0..<text.bytes.prefix { $0.isOfName }.count]
    let rest = text.dropFirst(name.count)
    guard mistake.says("unknown directive"), Catalogue.isKnownToNginx(name),
      let next = rest.first,
      "/(~^@$\"'".utf8.contains(next) || (name == "location" && next == UInt8(ascii: "="))
    else { return nil }
    return .word("\(name) \(rest)")
  }

  /// The name of a variable without its `$`.
  @Sendable static func missingDollar(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    if mistake.says("invalid variable name \"") {
      return text.isName ? .word("$\(text)") : nil
    }
    guard mistake.says("invalid condition \"") else { return nil }
    let opening = text.hasPrefix("(") ? "(" : ""
    let closing = text.hasSuffix(")") ? ")" : ""
    let name = text[min(opening.utf8.count, text.count)..<text.count - closing.utf8.count]
    guard name.isName, mistake.load.variables.isKnown(name) else { return nil }
    return .word("\(opening)$\(name)\(closing)")
  }

  @Sendable static func modifier(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid location modifier") else { return nil }
    let text = mistake.word.text
    let modifiers: [ByteString] = ["~*", "^~"]
    if let meant = modifiers.first(where: { $0.bytes.sorted() == text.bytes.sorted() }) {
      return .word(meant.string)
    }
    return .sentence(
      "before a path stands nothing or one of =, ^~, ~ and ~*; a path with a space wants quotes")
  }

  /// A parameter behind a port without a space between them.
  @Sendable static func joinedParameter(_ mistake: Mistake) -> Advice? {
    guard mistake.statement.name.text == "listen", mistake.says("host not found"),
      let words = mistake.directive?.syntaxWords
    else { return nil }
    let text = mistake.word.text
    for word in words where word.value == nil && text.hasSuffix(ByteString(word.name)) {
      let address = text[0..<text.count - word.name.utf8.count]
      if address.bytes.last.map(ASCII.isDigit) ?? false { return .word("\(address) \(word.name)") }
    }
    return nil
  }
}

extension ByteString {
  fileprivate var isName: Bool { !isEmpty && bytes.allSatisfy(\.isOfName) }
}

extension UInt8 {
  fileprivate var isOfName: Bool {
    ASCII.isDigit(self) || self == UInt8(ascii: "_")
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
  }
}
