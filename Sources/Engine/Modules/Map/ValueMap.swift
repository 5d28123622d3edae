import Bytes
import Config

/// The entries of one `map`: which value belongs to which text.
///
/// The rule is the one in nginx's `map` documentation: the whole text in any case, then the longest
/// `*.x`, then the longest `x.*`, then the first regular expression, then the default.
struct ValueMap: Sendable {
  private var exact: [ByteString: Template] = [:]
  private var leadingWildcards: [ByteString: Template] = [:]
  private var trailingWildcards: [ByteString: Template] = [:]
  private var patterns: [(Pattern, PatternGroups, Template)] = []

  /// What is given where nothing matches; nil before `default` was met.
  var standard: Template?

  /// Whether keys may be wildcards, and a final dot of the text is ignored.
  var hasHostNames = false

  /// Why a key cannot be taken.
  enum KeyError: Error, Equatable {
    case conflicting
    case invalidHostName
  }

  /// Adds a key that is no regular expression.
  ///
  /// - Parameter key: In lower case.
  mutating func insert(_ key: ByteString, _ value: Template) throws(KeyError) {
    guard hasHostNames else { return try insertExact(key, value) }
    let stars = key.bytes.filter { $0 == UInt8(ascii: "*") }.count
    let hasTwoDots = zip(key.bytes, key.bytes.dropFirst()).contains { $0 == 0x2E && $1 == 0x2E }
    guard stars <= 1, !hasTwoDots, !key.bytes.contains(0) else { throw .invalidHostName }
    if key.count > 1, key.hasPrefix(".") {
      try insertExact(key.dropFirst(1), value)
      try ValueMap.insertUnique(key, value, into: &leadingWildcards)
    } else if key.count > 2, key.hasPrefix("*.") {
      try ValueMap.insertUnique(key.dropFirst(1), value, into: &leadingWildcards)
    } else if key.count > 2, key.hasSuffix(".*") {
      try ValueMap.insertUnique(key[0..<key.count - 1], value, into: &trailingWildcards)
    } else {
      guard stars == 0 else { throw .invalidHostName }
      try insertExact(key, value)
    }
  }

  private mutating func insertExact(_ key: ByteString, _ value: Template) throws(KeyError) {
    try ValueMap.insertUnique(key, value, into: &exact)
  }

  private static func insertUnique(
    _ key: ByteString, _ value: Template, into keys: inout [ByteString: Template]
  ) throws(KeyError) {
    guard keys.updateValue(value, forKey: key) == nil else { throw .conflicting }
  }

  /// Adds a regular expression.
  mutating func insert(_ pattern: Pattern, _ groups: PatternGroups, _ value: Template) {
    patterns.append((pattern, groups, value))
  }

  /// The value of a text that is no regular expression's business.
  func plainValue(of text: ByteString) -> Template? {
    let key = text.lowercased
    if let value = exact[key] { return value }
    let dot = UInt8(ascii: ".")
    if !leadingWildcards.isEmpty {
      for index in 0..<key.count where key[index] == dot {
        if let value = leadingWildcards[key[index..<key.count]] { return value }
      }
    }
    if !trailingWildcards.isEmpty {
      for index in (0..<key.count).reversed() where key[index] == dot {
        if let value = trailingWildcards[key[0..<index + 1]] { return value }
      }
    }
    return nil
  }

  /// The value of a text; the groups of an expression that matches are noted in the exchange.
  func value(of text: ByteString, for exchange: Exchange) -> Template? {
    var text = text
    if hasHostNames, text.hasSuffix(".") { text = text[0..<text.count - 1] }
    if let value = plainValue(of: text) { return value }
    guard !text.isEmpty else { return standard }
    for (pattern, groups, value) in patterns {
      guard let captures = pattern.match(text, in: exchange.matchMemory) else { continue }
      groups.note(captures, in: exchange)
      return value
    }
    return standard
  }
}
