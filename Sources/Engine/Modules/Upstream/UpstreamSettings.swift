import Bytes
import Config
import Sockets
import Wire

/// What `proxy_…` and `fastcgi_…` directives have in common; initial values are their defaults.
struct UpstreamSettings: Hashable, Sendable {
  var connectTimeout = TimeSpan.seconds(60)
  var sendTimeout = TimeSpan.seconds(60)
  var readTimeout = TimeSpan.seconds(60)

  /// In bytes; the head of a response must fit.
  var bufferSize = 4096
  var buffers = BufferSettings(number: 8, size: 4096)

  /// nil for two buffers.
  var busyBuffersSize: Int?
  var isBuffering = true

  /// How many bytes of content are read in a second; 0 sets no limit.
  var limitRate = SizeValue.constant(0)
  var isRequestBuffering = true
  var passesRequestFields = true
  var passesRequestBody = true
  var ignoresClientAbort = false
  var interceptsErrors = false
  var nextUpstream = NextUpstream.standard

  /// How many peers are tried; 0 for no limit.
  var nextUpstreamTries = 0

  /// How long peers are tried; zero for no limit.
  var nextUpstreamTimeout = TimeSpan.zero
  var hiddenFields: [ByteString] = []
  var passedFields: [ByteString] = []
  var ignoredFields: IgnoredFields = []

  /// The local address to connect from; an empty value leaves it to the system.
  var localAddress: Template?

  /// Whether ranges are cut from responses whose server does not offer them.
  var forcesRanges = false

  /// Where responses are stored as files.
  var store = StoreSettings()

  /// The cache in front of the servers.
  var cache = CacheSettings()

  /// Where the configuration names the read timeout, for the log line of an idle tunnel.
  var readTimeoutPlace: SourcePlace?

  // Only what blocks say differently most often.
  func hash(into hasher: inout Hasher) {
    hasher.combine(connectTimeout)
    hasher.combine(sendTimeout)
    hasher.combine(readTimeout)
    hasher.combine(bufferSize)
    hasher.combine(buffers)
    hasher.combine(isBuffering)
    hasher.combine(isRequestBuffering)
    hasher.combine(interceptsErrors)
    hasher.combine(nextUpstream)
    hasher.combine(hiddenFields.count)
  }
}

/// In which cases a request is passed to the next peer; nginx's `proxy_next_upstream`.
struct NextUpstream: OptionSet, Hashable, Sendable {
  let rawValue: UInt32

  static let error = NextUpstream(rawValue: 1 << 0)
  static let timeout = NextUpstream(rawValue: 1 << 1)
  static let invalidHead = NextUpstream(rawValue: 1 << 2)
  static let status500 = NextUpstream(rawValue: 1 << 3)
  static let status502 = NextUpstream(rawValue: 1 << 4)
  static let status503 = NextUpstream(rawValue: 1 << 5)
  static let status504 = NextUpstream(rawValue: 1 << 6)
  static let status403 = NextUpstream(rawValue: 1 << 7)
  static let status404 = NextUpstream(rawValue: 1 << 8)
  static let status429 = NextUpstream(rawValue: 1 << 9)
  static let nonIdempotent = NextUpstream(rawValue: 1 << 10)
  static let off = NextUpstream(rawValue: 1 << 11)

  /// That another request is renewing the response; see `proxy_cache_use_stale`.
  static let updating = NextUpstream(rawValue: 1 << 12)

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The default.
  static let standard: NextUpstream = [.error, .timeout]

  /// The words of the directive.
  static let words: [ByteString: NextUpstream] = [
    "error": .error, "timeout": .timeout, "invalid_header": .invalidHead,
    "http_500": .status500, "http_502": .status502, "http_503": .status503,
    "http_504": .status504, "http_403": .status403, "http_404": .status404,
    "http_429": .status429, "non_idempotent": .nonIdempotent, "off": .off,
    "updating": .updating,
  ]

  /// The case of a response's status; empty where the status is no reason to go on.
  static func ofStatus(_ status: Int) -> NextUpstream {
    switch status {
    case 500: .status500
    case 502: .status502
    case 503: .status503
    case 504: .status504
    case 403: .status403
    case 404: .status404
    case 429: .status429
    default: []
    }
  }
}

/// Fields of an upstream response that have no effect; nginx's `proxy_ignore_headers`.
struct IgnoredFields: OptionSet, Hashable, Sendable {
  let rawValue: UInt32

  static let accelRedirect = IgnoredFields(rawValue: 1 << 0)
  static let accelExpires = IgnoredFields(rawValue: 1 << 1)
  static let expires = IgnoredFields(rawValue: 1 << 2)
  static let cacheControl = IgnoredFields(rawValue: 1 << 3)
  static let setCookie = IgnoredFields(rawValue: 1 << 4)
  static let accelLimitRate = IgnoredFields(rawValue: 1 << 5)
  static let accelBuffering = IgnoredFields(rawValue: 1 << 6)
  static let accelCharset = IgnoredFields(rawValue: 1 << 7)
  static let vary = IgnoredFields(rawValue: 1 << 8)

  static let words: [ByteString: IgnoredFields] = [
    "x-accel-redirect": .accelRedirect, "x-accel-expires": .accelExpires, "expires": .expires,
    "cache-control": .cacheControl, "set-cookie": .setCookie,
    "x-accel-limit-rate": .accelLimitRate, "x-accel-buffering": .accelBuffering,
    "x-accel-charset": .accelCharset, "vary": .vary,
  ]
}

extension UpstreamSettings {
  /// The rows of the directives that exist once for each protocol.
  ///
  /// - Parameters:
  ///   - prefix: `proxy` or `fastcgi`.
  ///   - path: Where the module keeps these settings.
  static func directives(
    _ prefix: String, at path: SettingPath<UpstreamSettings>
  ) -> [Directive] {
    timeouts(prefix, at: path) + buffers(prefix, at: path) + choices(prefix, at: path)
      + fields(prefix, at: path) + CacheDirectives(prefix: prefix, path: path).rows
      + StoreDirectives(prefix: prefix, path: path).rows
  }

  /// A row that sets one value of these settings.
  static func row<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    _ setting: @escaping @autoclosure @Sendable () -> MemberPath<UpstreamSettings, Value>,
    _ path: SettingPath<UpstreamSettings>, _ summary: String
  ) -> Directive {
    Directive(name, type, sets: path[dynamicMember: setting()], in: CoreSettings.levels, summary)
  }

  /// A row that sets flags; several lines in a block add up.
  static func maskRow<Value: OptionSet & Sendable>(
    _ name: String, _ words: [ByteString: Value],
    _ setting: @escaping @autoclosure @Sendable () -> MemberPath<UpstreamSettings, Value>,
    _ path: SettingPath<UpstreamSettings>, _ summary: String
  ) -> Directive where Value.Element == Value {
    Directive(
      name, .flagSet(words), sets: path[dynamicMember: setting()], in: CoreSettings.levels, summary)
  }

  private static func timeouts(
    _ prefix: String, at path: SettingPath<UpstreamSettings>
  ) -> [Directive] {
    [
      row(
        "\(prefix)_connect_timeout", .time, \.connectTimeout, path,
        "The longest time that connecting to an upstream server may take; then 504."),
      row(
        "\(prefix)_send_timeout", .time, \.sendTimeout, path,
        "The longest span between two writes to the upstream server; then 504."),
      Directive(
        "\(prefix)_read_timeout", "time", count: 1...1, in: [.http, .server, .location],
        "The longest silence between two reads from the upstream server; then 504."
      ) { (statement, level) throws(Diagnostic) in
        let value = try ArgumentType<TimeSpan>.time.parse(statement, level)
        try level.markUsed("\(prefix)_read_timeout", by: statement)
        let place = statement.name.place
        level.settings.change(path) {
          $0.readTimeout = value
          $0.readTimeoutPlace = place
        }
      },
      row(
        "\(prefix)_next_upstream_timeout", .time, \.nextUpstreamTimeout, path,
        "How long other servers are tried for a request; 0 sets no limit."),
    ]
  }

  private static func buffers(
    _ prefix: String, at path: SettingPath<UpstreamSettings>
  ) -> [Directive] {
    [
      row(
        "\(prefix)_buffer_size", .size, \.bufferSize, path,
        "The most bytes that the head of an upstream response may have."),
      row(
        "\(prefix)_buffers", .buffers, \.buffers, path,
        "How much of a response is read ahead of the client: a number of buffers and their size."),
      row(
        "\(prefix)_busy_buffers_size", ArgumentType<Int>.size.optional, \.busyBuffersSize, path,
        "How much of the response may be on its way to the client while more is read."),
      row(
        "\(prefix)_buffering", .flag, \.isBuffering, path,
        "Reads the upstream response ahead of the client instead of in step with it."),
      row(
        "\(prefix)_limit_rate", .sizeValue("rate"), \.limitRate, path,
        "How many bytes of a buffered response are read in a second; 0 sets no limit."),
      row(
        "\(prefix)_request_buffering", .flag, \.isRequestBuffering, path,
        "Reads the whole request body before the upstream server is asked."),
    ]
  }

  private static func choices(
    _ prefix: String, at path: SettingPath<UpstreamSettings>
  ) -> [Directive] {
    [
      row(
        "\(prefix)_pass_request_headers", .flag, \.passesRequestFields, path,
        "Whether the client's fields are passed on."),
      row(
        "\(prefix)_pass_request_body", .flag, \.passesRequestBody, path,
        "Whether the client's body is passed on."),
      row(
        "\(prefix)_ignore_client_abort", .flag, \.ignoresClientAbort, path,
        "Whether the upstream response is awaited when the client has closed the connection."),
      row(
        "\(prefix)_intercept_errors", .flag, \.interceptsErrors, path,
        "Whether an upstream response of status 300 or more may be replaced by an error_page."),
      maskRow(
        "\(prefix)_next_upstream", NextUpstream.words, \.nextUpstream, path,
        "The cases in which a request is passed to the next server."),
      row(
        "\(prefix)_force_ranges", .flag, \.forcesRanges, path,
        "Whether ranges are cut from responses whose server does not offer them."),
      row(
        "\(prefix)_next_upstream_tries", .number, \.nextUpstreamTries, path,
        "How many servers are tried for a request; 0 sets no limit."),
      row(
        "\(prefix)_bind", .localAddress, \.localAddress, path,
        "The local address that connections to upstream servers come from."),
    ]
  }

  private static func fields(
    _ prefix: String, at path: SettingPath<UpstreamSettings>
  ) -> [Directive] {
    [
      listRow(
        "\(prefix)_hide_header", \.hiddenFields, path,
        "A field of the upstream response that the client does not get."),
      listRow(
        "\(prefix)_pass_header", \.passedFields, path,
        "A field of the upstream response that the client gets although it is usually hidden."),
      maskRow(
        "\(prefix)_ignore_headers", IgnoredFields.words, \.ignoredFields, path,
        "Fields of the upstream response that change nothing here."),
    ]
  }

  private static func listRow(
    _ name: String,
    _ setting: @escaping @autoclosure @Sendable () -> MemberPath<UpstreamSettings, [ByteString]>,
    _ path: SettingPath<UpstreamSettings>, _ summary: String
  ) -> Directive {
    let field = ArgumentType("field") { statement, _ in statement.arguments[0].text.lowercased }
    return Directive(
      name, field, appendsTo: path[dynamicMember: setting()], in: CoreSettings.levels, summary)
  }
}

extension ArgumentType where Value: OptionSet, Value.Element == Value {
  /// Some of a fixed set of words.
  static func flagSet(_ words: [ByteString: Value]) -> Self {
    let syntax = words.keys.sorted().map(\.string).joined(separator: " | ") + " ..."
    return Self(syntax, count: 1...Int.max) { (statement, level) throws(Diagnostic) in
      var value: Value = []
      for word in statement.arguments {
        guard let flag = words[word.text.lowercased] else {
          throw .invalidValue(word, of: statement)
        }
        if !flag.isEmpty, value.isSuperset(of: flag) {
          level.load.report(.duplicateValue(word, of: statement))
        }
        value.formUnion(flag)
      }
      return value
    }
  }
}

extension ArgumentType where Value == Template? {
  /// A local address, or `off`.
  static var localAddress: Self {
    Self("address [transparent] | off", count: 1...2) { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      if word.text == "off", statement.arguments.count == 1 { return nil }
      if statement.arguments.count == 2 {
        throw .unsupported(
          "\"transparent\"", at: statement, word: statement.arguments[1])
      }
      let template = try level.template(word, of: statement)
      if let text = template.constant, SocketAddress(text, defaultPort: 0) == nil {
        throw .custom("invalid address \"\(text)\"", at: statement, word: word)
      }
      return template
    }
  }
}
