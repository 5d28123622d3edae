import Bytes
import Config
import Wire

/// The settings of the three modules that compress and decompress.
package struct GzipSettings: Sendable {
  var isOn = false
  var types = MediaTypeList()

  /// From 1, the fastest, to 9, the smallest.
  var compressionLevel = 1

  /// In bytes; shorter responses of known length stay as they are.
  var minimumLength = 20

  /// The oldest version of HTTP whose clients get compressed responses.
  var leastVersion = GzipVersion.http11

  /// Which responses to proxies are compressed.
  var proxied: GzipProxied = .off

  /// User agents that get no compressed responses.
  var disabledAgents: [Pattern] = []

  /// Whether clients are left out that call themselves MSIE 4, 5 or 6.
  var isOffForMSIE6 = false

  /// Whether `Vary` tells caches of what the choice depends on.
  var announcesVariants = false

  /// The size of zlib's window, as a power of two.
  var windowBits = 15

  /// zlib's level of memory.
  var memoryLevel = 8

  /// See `gzip_static`.
  var precompressed = GzipStatic.off

  /// See `gunzip`.
  var isDecompressing = false

  package init() {}
}

/// nginx's `gzip_static`.
enum GzipStatic: String, Keyword {
  case off, on, always
}

/// nginx's `gzip_http_version`.
enum GzipVersion: String, Keyword {
  case http10 = "1.0"
  case http11 = "1.1"

  var version: ProtocolVersion { self == .http10 ? .http10 : .http11 }
}

/// nginx's `gzip_proxied`.
struct GzipProxied: OptionSet, Sendable {
  let rawValue: UInt16

  static let off = GzipProxied(rawValue: 1 << 0)
  static let expired = GzipProxied(rawValue: 1 << 1)
  static let noCache = GzipProxied(rawValue: 1 << 2)
  static let noStore = GzipProxied(rawValue: 1 << 3)
  static let isPrivate = GzipProxied(rawValue: 1 << 4)
  static let noLastModified = GzipProxied(rawValue: 1 << 5)
  static let noEntityTag = GzipProxied(rawValue: 1 << 6)
  static let authorized = GzipProxied(rawValue: 1 << 7)
  static let any = GzipProxied(rawValue: 1 << 8)

  static let words: [ByteString: GzipProxied] = [
    "off": .off, "expired": .expired, "no-cache": .noCache, "no-store": .noStore,
    "private": .isPrivate, "no_last_modified": .noLastModified, "no_etag": .noEntityTag,
    "auth": .authorized, "any": .any,
  ]
}

extension GzipSettings {
  private static let levels = CoreSettings.levels

  static let directives: [Directive] =
    choices + [
      Directive(
        mediaTypes: "gzip_types", sets: .gzip.types,
        "The media types that are compressed, beside `text/html`; `*` is all."),
      Directive(
        "gzip_disable", "msie6 | regex ...", count: 1...Int.max, in: levels,
        "Clients whose `User-Agent` matches get no compressed responses.", apply: readAgents),
      Directive(
        "gzip_window", .powerOfTwo(of: 512...32_768), sets: .gzip.windowBits, in: levels,
        "The window that zlib looks for repetitions in."),
      Directive(
        "gzip_hash", .powerOfTwo(of: 512...131_072), in: levels,
        "The table that zlib finds repetitions with."
      ) { bits, settings in settings.gzip.memoryLevel = bits - 7 },
      Directive(
        withoutEffect: "gzip_buffers", .buffers, in: levels,
        "Compressed bytes go to the client's output at once."),
      Directive(
        withoutEffect: "gzip_no_buffer", .flag, in: levels,
        "Compressed bytes go to the client's output at once."),
      Directive(
        withoutEffect: "postpone_gzipping", .size, in: levels,
        "Compression begins with the first byte."),
    ]

  private static let choices: [Directive] = [
    Directive(
      "gzip", .flag, sets: .gzip.isOn, in: levels.union(.ifInLocation),
      "Whether responses are compressed for clients that accept it."),
    Directive(
      "gzip_comp_level", .number(in: 1...9), sets: .gzip.compressionLevel, in: levels,
      "How hard zlib tries: from 1, the fastest, to 9."),
    Directive(
      "gzip_min_length", .size, sets: .gzip.minimumLength, in: levels,
      "Shorter responses are not compressed."),
    Directive(
      "gzip_http_version", .keyword, sets: .gzip.leastVersion, in: levels,
      "The oldest version of HTTP whose requests get compressed responses."),
    Directive(
      "gzip_proxied", .flagSet(GzipProxied.words), sets: .gzip.proxied, in: levels,
      "Which responses are compressed for requests that came through a proxy."),
    Directive(
      "gzip_vary", .flag, sets: .gzip.announcesVariants, in: levels,
      "Whether `Vary: Accept-Encoding` is added where compression is on."),
  ]

  @Sendable private static func readAgents(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    if level.namesUsed.insert("gzip_disable").inserted {
      level.settings.gzip.disabledAgents = []
      level.settings.gzip.isOffForMSIE6 = false
    }
    for word in statement.arguments {
      if word.text == "msie6" {
        level.settings.gzip.isOffForMSIE6 = true
      } else if word.text != "degradation" {
        let (pattern, _) = try level.pattern(
          word.text, ignoresCase: true, at: word, of: statement)
        level.settings.gzip.disabledAgents.append(pattern)
      }
    }
  }
}

extension Directive {
  /// A row for a value that is stored as another one.
  fileprivate convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>, in contexts: Contexts, _ summary: String,
    store: @escaping @Sendable (Value, inout Settings) -> Void
  ) {
    self.init(name, type.syntax, count: type.count, in: contexts, summary) {
      (statement, level) throws(Diagnostic) in
      let value = try type.parse(statement, level)
      try level.markUsed(name, by: statement)
      store(value, &level.settings)
    }
  }
}

extension ArgumentType where Value == Int {
  /// A size that is a power of two; the value is its logarithm.
  fileprivate static func powerOfTwo(of sizes: ClosedRange<Int>) -> Self {
    Self("size") { (statement, level) throws(Diagnostic) in
      let size = try ArgumentType.size.parse(statement, level)
      guard sizes.contains(size), size.nonzeroBitCount == 1 else {
        var allowed = sizes.lowerBound
        var names: [String] = []
        while allowed <= sizes.upperBound {
          names.append(allowed < 1024 ? "\(allowed)" : "\(allowed / 1024)k")
          allowed *= 2
        }
        let list = names.dropLast().joined(separator: ", ") + ", or \(names.last ?? "")"
        throw .custom(
          "\"\(statement.name.text)\" must be \(list)", at: statement,
          word: statement.arguments[0])
      }
      return size.trailingZeroBitCount
    }
  }
}
