import Bytes
import Config

/// The directives of a cache that does not exist yet.
///
/// A cache changes no response that is not stale, so configurations work without one; they are
/// told. Without a cache, nginx too accepts the directives that only say what is kept out of it.
enum CacheDirectives {
  private static let levels = CoreSettings.levels

  /// The rows for one protocol.
  ///
  /// - Parameter prefix: `proxy` or `fastcgi`.
  static func rows(_ prefix: String) -> [Directive] {
    zones(prefix) + conditions(prefix) + validity(prefix) + locks(prefix)
  }

  private static func zones(_ prefix: String) -> [Directive] {
    [
      Directive(
        name: "\(prefix)_cache", syntax: "zone | off", count: 1...1, contexts: levels,
        summary: "The cache that responses are kept in; there is none yet, and a notice says so.",
        isBlock: false, hasEffect: false
      ) { (statement, level) throws(Diagnostic) in
        try level.markUsed("\(prefix)_cache", by: statement)
        guard statement.arguments[0].text != "off" else { return }
        level.load.report(
          .custom(
            "\"\(prefix)_cache\" is not supported by apus yet, every request is passed on",
            at: statement, severity: .notice))
      },
      Directive(
        name: "\(prefix)_cache_path", syntax: "path keys_zone=name:size [parameter ...]",
        count: 2...Int.max, contexts: .http, summary: "Where a cache is kept; there is none yet.",
        isBlock: false, hasEffect: false, apply: readPath),
      Directive(
        withoutEffect: "\(prefix)_cache_key", .template(), in: levels,
        "What responses in the cache are told apart by."),
    ]
  }

  private static func conditions(_ prefix: String) -> [Directive] {
    ["bypass", "no_cache"].map {
      let name = $0 == "bypass" ? "\(prefix)_cache_bypass" : "\(prefix)_no_cache"
      return Directive(
        withoutEffect: name, .templates, in: levels,
        "Requests whose responses do not come from the cache, or do not get into it.")
    }
  }

  private static func validity(_ prefix: String) -> [Directive] {
    [
      Directive(
        name: "\(prefix)_cache_valid", syntax: "[code ...] time", count: 1...Int.max,
        contexts: levels, summary: "How long responses are kept.", isBlock: false,
        hasEffect: false, apply: readValidity),
      Directive(
        withoutEffect: "\(prefix)_cache_use_stale", .flagSet(staleCases), in: levels,
        "When a response is used that is too old."),
      Directive(
        withoutEffect: "\(prefix)_cache_methods", .methods, in: levels,
        "The methods whose responses are kept."),
      Directive(
        withoutEffect: "\(prefix)_cache_min_uses", .number, in: levels,
        "After how many requests a response is kept."),
      Directive(
        withoutEffect: "\(prefix)_cache_revalidate", .flag, in: levels,
        "Whether old responses are asked about with conditions."),
      Directive(
        withoutEffect: "\(prefix)_cache_background_update", .flag, in: levels,
        "Whether old responses are renewed while they are used."),
      Directive(
        withoutEffect: "\(prefix)_cache_max_range_offset", .offset, in: levels,
        "From where on ranges are passed on."),
    ]
  }

  private static func locks(_ prefix: String) -> [Directive] {
    [
      Directive(
        withoutEffect: "\(prefix)_cache_lock", .flag, in: levels,
        "Whether one request at a time fetches a response."),
      Directive(
        withoutEffect: "\(prefix)_cache_lock_timeout", .time, in: levels,
        "How long requests wait for another."),
      Directive(
        withoutEffect: "\(prefix)_cache_lock_age", .time, in: levels,
        "How long a request may take before another is passed on."),
    ]
  }

  private static let staleCases: [ByteString: NextUpstream] = NextUpstream.words.filter {
    $0.key != "non_idempotent"
  }

  @Sendable private static func readPath(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    var hasZone = false
    for word in statement.arguments.dropFirst() {
      let (name, value) = word.text.splitAtEquals
      guard let value, parameters.contains(name) else {
        throw .invalidParameter(word, of: statement)
      }
      guard name == "keys_zone" else { continue }
      let parts = value.split(on: UInt8(ascii: ":"))
      guard parts.count == 2, let size = Units.size(parts[1]), size >= 8192 else {
        throw .custom("invalid keys zone size \"\(value)\"", at: statement, word: word)
      }
      hasZone = true
    }
    guard hasZone else {
      throw .custom(
        "\"\(statement.name.text)\" must have \"keys_zone\" parameter", at: statement)
    }
  }

  private static let parameters: Set<ByteString> = [
    "levels", "use_temp_path", "keys_zone", "inactive", "min_free", "max_size", "manager_files",
    "manager_sleep", "manager_threshold", "loader_files", "loader_sleep", "loader_threshold",
    "purger", "purger_files", "purger_sleep", "purger_threshold",
  ]

  @Sendable private static func readValidity(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let words = statement.arguments
    guard let time = words.last, Units.seconds(time.text) != nil else {
      throw .custom(
        "invalid time value \"\(words.last?.text ?? "")\"", at: statement, word: words.last)
    }
    for word in words.dropLast() where word.text != "any" {
      guard let code = word.text.decimalNumber else {
        throw .custom("invalid status \"\(word.text)\"", at: statement, word: word)
      }
      guard (100...599).contains(code) else {
        throw .custom("invalid status \"\(word.text)\"", at: statement, word: word)
      }
    }
  }
}

extension ArgumentType where Value == [Template] {
  /// One or more words that may contain variables.
  fileprivate static var templates: Self {
    Self("string ...", count: 1...Int.max) { (statement, level) throws(Diagnostic) in
      var templates: [Template] = []
      for word in statement.arguments {
        templates.append(try level.template(word, of: statement))
      }
      return templates
    }
  }
}

extension ArgumentType where Value == [ByteString] {
  /// Methods whose responses can be kept.
  fileprivate static var methods: Self {
    Self("GET | HEAD | POST ...", count: 1...Int.max) { (statement, _) throws(Diagnostic) in
      for word in statement.arguments
      where !["get", "head", "post"].contains(word.text.lowercased) {
        throw .invalidValue(word, of: statement)
      }
      return statement.arguments.map(\.text)
    }
  }
}
