import Bytes
import Config

/// The settings of `ngx_http_log_module`.
package struct LogSettings: Sendable {
  /// nil where no `access_log` was given: then lines go to `logs/access.log`.
  var accessLogs: [AccessLog]?

  /// Whether `access_log off` was given, which outweighs the logs beside it.
  var isOff = false

  /// Whether requests that the program makes itself are logged.
  var logsSubrequests = false

  /// Which files with variables in their names stay open.
  var fileCache = LogFileCache.Limits()

  package init() {}
}

extension LogSettings {
  static let directives: [Directive] = [
    format(in: .http),
    accessLog(
      in: [.http, .server, .location, .ifInLocation, .limitExcept],
      "The file that gets a line for each request."),
    Directive(
      "log_subrequest", .flag, sets: .log.logsSubrequests, in: [.http, .server, .location],
      "Whether requests that the program makes itself are logged."),
    Directive(
      "open_log_file_cache", .logFileCache, sets: .log.fileCache, in: [.http, .server, .location],
      "Which log files with variables in their names stay open, and for how long."),
    Directive(
      "error_log", "file | stderr [level]", count: 1...Int.max,
      in: [.main, .http, .server, .location, .stream, .serverInStream],
      "The file that gets messages of a level and above it.", apply: readErrorLog),
  ]

  /// The row of `log_format`, whose formats are those of `http` or of `stream`.
  static func format(in contexts: Contexts) -> Directive {
    Directive(
      "log_format", "name [escape=default|json|none] string ...", count: 2...Int.max, in: contexts,
      "Gives a name to what a line of the access log says.", apply: readFormat)
  }

  /// The row of `access_log`.
  static func accessLog(in contexts: Contexts, _ summary: String) -> Directive {
    Directive(
      "access_log", "off | path [format [buffer=size] [gzip[=level]] [flush=time] [if=condition]]",
      count: 1...Int.max, in: contexts, summary, apply: readAccessLog)
  }

  // MARK: - log_format

  private static func formats(
    of level: Level
  ) -> ReferenceWritableKeyPath<Load, [ByteString: LogFormat]> {
    level.context.isInStream ? \.stream.logFormats : \.logFormats
  }

  @Sendable private static func readFormat(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let name = statement.arguments[0]
    let formats = formats(of: level)
    let isTaken = name.text == "combined" && !level.context.isInStream
    guard !isTaken, level.load[keyPath: formats][name.text] == nil else {
      throw .custom("duplicate \"log_format\" name \"\(name.text)\"", at: statement, word: name)
    }
    let format = try LogFormat.compile(statement, variables: level.variables)
    level.load[keyPath: formats][name.text] = format
  }

  private static func format(
    _ word: Word?, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> LogFormat {
    let isInStream = level.context.isInStream
    guard let word, isInStream || !word.text.equalsIgnoringCase("combined") else {
      if isInStream { throw .custom("log format is not specified", at: statement) }
      return level.load.combinedLogFormat
    }
    let formats = level.load[keyPath: formats(of: level)]
    if let format = formats[word.text] { return format }
    let match = formats.first { $0.key.equalsIgnoringCase(word.text) }
    if let match { return match.value }
    throw .custom("unknown log format \"\(word.text)\"", at: statement, word: word)
      .suggesting(level.load.nearest(to: word.text, among: formats.keys))
  }

  // MARK: - access_log

  @Sendable private static func readAccessLog(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let words = statement.arguments
    if level.namesUsed.insert("access_log").inserted {
      level.settings.log.accessLogs = []
      level.settings.log.isOff = false
    }
    if words[0].text == "off" {
      guard words.count == 1 else { throw .invalidParameter(words[1], of: statement) }
      level.settings.log.isOff = true
      return
    }
    let format = try format(words.dropFirst().first, statement, level)
    let parameters = try AccessLogParameters(words.dropFirst(2), statement, level)
    let log = AccessLog(
      destination: try destination(words[0], statement, level), format: format,
      condition: parameters.condition)
    if let buffering = parameters.buffering {
      try note(buffering, of: log, statement, level.load)
    }
    level.settings.log.accessLogs?.append(log)
  }

  private static func destination(
    _ word: Word, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> AccessLog.Destination {
    if word.text.hasPrefix("syslog:") {
      return .syslog(
        SyslogTarget(try SyslogSettings(word, of: statement, level.load.options.hosts)))
    }
    let path = level.pathBelowPrefix(word.text)
    guard word.text.bytes.contains(UInt8(ascii: "$")) else { return .file(path) }
    if level.context.isInStream {
      throw .unsupported(
        "a log of \"stream\" with variables in its name", at: statement, word: word)
    }
    return .template(
      try Template.compile(path, at: word, of: statement, variables: level.load.variables))
  }

  private static func note(
    _ buffering: LogBuffering, of log: AccessLog, _ statement: Statement, _ load: Load
  ) throws(Diagnostic) {
    if case .syslog = log.destination {
      throw .custom("logs to syslog cannot be buffered", at: statement)
    }
    guard case .file(let path) = log.destination else {
      throw .custom("buffered logs cannot have variables in name", at: statement)
    }
    if let other = load.logBuffering[path], other != buffering {
      throw .custom(
        "access_log \"\(statement.arguments[0].text)\" already defined with conflicting "
          + "parameters", at: statement)
    }
    load.logBuffering[path] = buffering
  }

  // MARK: - error_log

  @Sendable private static func readErrorLog(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let word = statement.arguments[0]
    if word.text.hasPrefix("memory:") {
      throw .unsupported("logging to \"memory:\"", at: statement, word: word)
    }
    let isSyslog = word.text.hasPrefix("syslog:")
    let syslog =
      isSyslog ? try SyslogSettings(word, of: statement, level.load.options.hosts) : nil
    let severity = try LogLevel.read(statement)
    let path = word.text == "stderr" ? nil : level.pathBelowPrefix(word.text)
    if level.namesUsed.insert("error_log").inserted { level.settings.core.errorLogs = [] }
    // What goes to syslog needs no file to be opened.
    let target = isSyslog ? LogTarget(path: path?.string) : level.load.logTarget(path: path)
    level.settings.core.errorLogs.append(
      ErrorLog(target: target, level: severity, syslog: syslog.map { SyslogTarget($0) }))
  }
}

extension LogLevel {
  /// The level that an `error_log` directive names; `error` where it names none.
  fileprivate static func read(_ statement: Statement) throws(Diagnostic) -> LogLevel {
    var level: LogLevel?
    for word in statement.arguments.dropFirst() {
      let isDebugPart = debugParts.contains(word.text)
      let named = LogLevel.allCases.first { ByteString($0.name) == word.text }
      guard let named = isDebugPart ? .debug : named else {
        throw .custom("invalid log level \"\(word.text)\"", at: statement, word: word)
      }
      if level != nil, !isDebugPart {
        throw .custom("duplicate log level \"\(word.text)\"", at: statement, word: word)
      }
      level = named
    }
    return level ?? .error
  }

  private static let debugParts: Set<ByteString> = [
    "debug_core", "debug_alloc", "debug_mutex", "debug_event", "debug_http", "debug_mail",
    "debug_stream",
  ]
}

extension Load {
  /// The format `combined`, which needs no `log_format`.
  var combinedLogFormat: LogFormat {
    if let format = logFormats["combined"] { return format }
    let format = LogFormat.combined(variables)
    logFormats["combined"] = format
    return format
  }

  /// The error log of a configuration that names none.
  var standardErrorLog: ErrorLog {
    let name = ByteString(options.errorLog)
    let path = name.hasPrefix("/") ? name : ByteString(options.prefix) + name
    return ErrorLog(target: logTarget(path: name == "stderr" ? nil : path), level: .error)
  }
}
