import Bytes
import Config
import Wire

/// The directives of a cache, once for each protocol.
struct CacheDirectives {
  /// `proxy` or `fastcgi`.
  let prefix: String

  /// Where the module keeps its settings.
  let path: SettingPath<UpstreamSettings>

  private static let levels = CoreSettings.levels

  /// The rows for the protocol.
  var rows: [Directive] { zones + conditions + validity + staleness + locks }

  private func row<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    _ setting: @escaping @autoclosure @Sendable () -> MemberPath<UpstreamSettings, Value>,
    _ summary: String
  ) -> Directive {
    UpstreamSettings.row("\(prefix)_\(name)", type, setting(), path, summary)
  }

  private var zones: [Directive] {
    [
      Directive(
        "\(prefix)_cache", "zone | off", count: 1...1, in: CacheDirectives.levels,
        "The cache that responses are kept in and requests are answered from.", apply: readChoice
      ).with(defaultText: "off"),
      Directive(
        "\(prefix)_cache_path",
        "path keys_zone=name:size [levels=levels] [use_temp_path=on|off] [inactive=time] "
          + "[max_size=size] [min_free=size] [manager_files=number] [manager_sleep=time] "
          + "[manager_threshold=time] [loader_files=number] [loader_sleep=time] "
          + "[loader_threshold=time]", count: 2...Int.max,
        in: .http, "A cache: its folder, its keys zone, how large and how old it may become.",
        apply: readPath),
      row(
        "cache_key", .optionalTemplate, \.cache.key,
        "What responses in the cache are told apart by."),
      row(
        "cache_methods", .methods, \.cache.methods,
        "The methods whose responses are kept; `GET` and `HEAD` always are."),
    ]
  }

  private var conditions: [Directive] {
    [
      row(
        "cache_bypass", .templates, \.cache.bypass,
        "A value other than an empty one and `0` has the server asked, whatever is stored."),
      row(
        "no_cache", .templates, \.cache.exclusions,
        "A value other than an empty one and `0` keeps a response out of the cache."),
      row(
        "cache_min_uses", .number, \.cache.minimumUses,
        "After how many requests a response is kept."),
      row(
        "cache_max_range_offset", .optionalOffset, \.cache.maximumRangeOffset,
        "From which byte on ranges are asked of the server instead of being cut from the cache."),
    ]
  }

  private var validity: [Directive] {
    [
      Directive(
        "\(prefix)_cache_valid", "[code ...] time", count: 1...Int.max, in: CacheDirectives.levels,
        "How long responses are fresh that do not say it themselves.", apply: readValidity),
      row(
        "cache_revalidate", .flag, \.cache.isRevalidating,
        "Whether the server is asked if an old response is still good, with conditions."),
    ]
  }

  private var staleness: [Directive] {
    [
      UpstreamSettings.maskRow(
        "\(prefix)_cache_use_stale", CacheDirectives.staleCases, \.cache.useStale, path,
        "When a response is used that is too old."),
      row(
        "cache_background_update", .flag, \.cache.updatesInBackground,
        "Whether old responses are renewed while clients still get them."),
    ]
  }

  private var locks: [Directive] {
    [
      row(
        "cache_lock", .flag, \.cache.isLocking,
        "Whether one request at a time fetches a new response, and the others wait for it."),
      row(
        "cache_lock_timeout", .time, \.cache.lockTimeout,
        "How long requests wait for another; then they are passed on, and nothing is stored."),
      row(
        "cache_lock_age", .time, \.cache.lockAge,
        "How long a request may take before another one is passed on, too."),
    ]
  }

  private static let staleCases: [ByteString: NextUpstream] = NextUpstream.words.filter {
    $0.key != "non_idempotent"
  }

  // MARK: - Reading

  @Sendable private func readChoice(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("\(prefix)_cache", by: statement)
    let word = statement.arguments[0]
    if word.text == "off" { return level.settings.set(path.cache.choice, to: .off) }
    if level.namesUsed.contains("\(prefix)_store"),
      !level.settings.value(at: path.store.choice).isOff
    {
      throw .custom(
        "\"\(prefix)_cache\" directive is incompatible with \"\(prefix)_store\"", at: statement)
    }
    level.settings.set(path.store.choice, to: .off)
    let template = try level.template(word, of: statement)
    guard let name = template.constant else {
      return level.settings.set(path.cache.choice, to: .template(template))
    }
    let zone = try level.load.cacheZone(named: name, prefix: prefix, statement)
    level.settings.set(path.cache.choice, to: .zone(zone))
    let sentence = "\"\(prefix)_cache\" zone \"\(name)\" is unknown"
    level.load.afterReading(statement) { () throws(Diagnostic) in
      if zone.zone == nil { throw .custom(sentence, at: statement) }
    }
  }

  @Sendable private func readPath(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    var reading = CachePathReading(statement, level)
    let (name, settings) = try reading.read()
    let zone = try level.load.cacheZone(named: name, prefix: prefix, statement)
    guard zone.declare(settings, former: level.load.options.predecessor?.cacheZones[name]) else {
      throw .custom("duplicate zone \"\(name)\"", at: statement)
    }
  }

  @Sendable private func readValidity(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let words = statement.arguments
    guard let time = words.last, let seconds = Units.seconds(time.text) else {
      throw .custom(
        "invalid time value \"\(words.last?.text ?? "")\"", at: statement, word: words.last)
    }
    var statuses: [Int?] = words.count == 1 ? [200, 301, 302] : []
    for word in words.dropLast() {
      let code = word.text == "any" ? nil : word.text.decimalNumber
      guard word.text == "any" || (100...599).contains(code ?? 0) else {
        throw .custom("invalid status \"\(word.text)\"", at: statement, word: word)
      }
      statuses.append(code)
    }
    let isFirst = level.namesUsed.insert("\(prefix)_cache_valid").inserted
    let validities = statuses.map { CacheValidity(status: $0, seconds: seconds) }
    level.settings.change(path.cache.validities) { $0 = isFirst ? validities : $0 + validities }
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

extension ArgumentType where Value == Template? {
  /// A word that may contain variables.
  fileprivate static var optionalTemplate: Self {
    Self("string") { (statement, level) throws(Diagnostic) in
      try level.template(statement.arguments[0], of: statement)
    }
  }
}

extension ArgumentType where Value == Int? {
  /// A number of bytes.
  fileprivate static var optionalOffset: Self {
    Self("size") { (statement, level) throws(Diagnostic) in
      try ArgumentType<Int>.offset.parse(statement, level)
    }
  }
}

extension ArgumentType where Value == [Method] {
  /// Methods whose responses can be kept.
  fileprivate static var methods: Self {
    Self("GET | HEAD | POST ...", count: 1...Int.max) { (statement, _) throws(Diagnostic) in
      var methods: [Method] = [.get, .head]
      for word in statement.arguments {
        switch word.text.lowercased {
        case "get", "head": break
        case "post": methods.append(.post)
        default: throw .invalidValue(word, of: statement)
        }
      }
      return methods
    }
  }
}
