import Bytes
import Config

/// Reads `map`.
enum MapBlock {
  static let directives: [Directive] = [
    Directive(
      block: "map", "string $variable", count: 2...2, in: .http,
      "Makes a variable whose value depends on that of others.", apply: read),
    Directive(
      withoutEffect: "map_hash_max_size", .number, in: .http,
      "The size of the tables of maps, which grow by themselves."),
    Directive(
      withoutEffect: "map_hash_bucket_size", .number, in: .http,
      "The size of the buckets of these tables."),
  ]

  @Sendable private static func read(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let source = try level.template(statement.arguments[0], of: statement)
    let name = statement.arguments[1]
    guard name.text.hasPrefix("$") else {
      throw .custom("invalid variable name \"\(name.text)\"", at: statement, word: name)
    }
    var map = ValueMap()
    var isVolatile = false
    for entry in statement.block ?? [] {
      do {
        if entry.arguments.isEmpty, entry.block == nil, entry.name.text == "volatile" {
          isVolatile = true
        } else {
          try readEntry(entry, level, into: &map)
        }
      } catch {
        level.load.report(error.advising(about: entry, in: level.load))
      }
    }
    try level.load.variables.define(
      name.text.dropFirst(1), at: statement, isKept: !isVolatile
    ) { [map] exchange, output in
      map.value(of: source.value(for: exchange), for: exchange)?.append(for: exchange, to: output)
      return true
    }
  }

  private static func readEntry(
    _ entry: Statement, _ level: Level, into map: inout ValueMap
  ) throws(Diagnostic) {
    guard entry.block == nil else { throw .custom("unexpected \"{\"", at: entry) }
    let key = entry.name.text
    if entry.arguments.isEmpty, key == "hostnames" {
      map.hasHostNames = true
      return
    }
    guard entry.arguments.count == 1 else {
      throw .custom("invalid number of the map parameters", at: entry)
    }
    let value = try level.template(entry.arguments[0], of: entry)
    if key == "default" {
      guard map.standard == nil else {
        throw .custom("duplicate default map parameter", at: entry)
      }
      map.standard = value
    } else if key.hasPrefix("~") {
      try readPattern(key.dropFirst(1), value, entry, level, into: &map)
    } else {
      try insert(key.hasPrefix("\\") ? key.dropFirst(1) : key, value, entry, into: &map)
    }
  }

  private static func readPattern(
    _ source: ByteString, _ value: Template, _ entry: Statement, _ level: Level,
    into map: inout ValueMap
  ) throws(Diagnostic) {
    let ignoresCase = source.hasPrefix("*")
    let (pattern, groups) = try level.pattern(
      ignoresCase ? source.dropFirst(1) : source, ignoresCase: ignoresCase, at: entry.name,
      of: entry)
    map.insert(pattern, groups, value)
  }

  private static func insert(
    _ key: ByteString, _ value: Template, _ entry: Statement, into map: inout ValueMap
  ) throws(Diagnostic) {
    do throws(ValueMap.KeyError) {
      try map.insert(key.lowercased, value)
    } catch {
      switch error {
      case .conflicting:
        throw .custom("conflicting parameter \"\(key.lowercased)\"", at: entry)
      case .invalidHostName:
        throw .custom("invalid hostname or wildcard \"\(key)\"", at: entry)
      }
    }
  }
}
