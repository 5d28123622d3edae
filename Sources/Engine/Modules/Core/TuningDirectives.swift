import Bytes
import Config

extension CoreSettings {
  /// Directives that only tune nginx's insides: checked and without effect.
  static let tuningDirectives =
    tuningOfFiles + tuningOfOutput + tuningOfMemory + foldersOfOtherModules

  /// Packaged configurations name these folders whether or not the protocols are used.
  private static let foldersOfOtherModules = ["uwsgi_temp_path", "scgi_temp_path"].map {
    Directive(
      withoutEffect: $0, .texts("path [level ...]"), in: levels,
      "A folder of a protocol that is not spoken here.")
  }

  private static let tuningOfFiles: [Directive] = [
    Directive(
      withoutEffect: "sendfile", .flag, in: levels.union(.ifInLocation),
      "Plain files are always sent by the kernel."),
    Directive(
      withoutEffect: "sendfile_max_chunk", .size, in: levels,
      "A connection never sends more at once than its socket takes."),
    Directive(
      withoutEffect: "aio", .asynchronousFiles, in: levels,
      "Files are read when they are sent."),
    Directive(
      withoutEffect: "aio_write", .flag, in: levels, "Temporary files are written at once."),
    Directive(
      withoutEffect: "directio", .offsetOrOff, in: levels, "Files go through the kernel's cache."),
    Directive(
      withoutEffect: "directio_alignment", .offset, in: levels,
      "Files go through the kernel's cache."),
    Directive(
      withoutEffect: "read_ahead", .size, in: levels, "The kernel decides how far it reads ahead."),
    Directive(
      withoutEffect: "open_file_cache", .openFileCache, in: levels,
      "Files are opened anew for each request."),
    Directive(
      withoutEffect: "open_file_cache_valid", .seconds, in: levels,
      "Files are opened anew for each request."),
    Directive(
      withoutEffect: "open_file_cache_min_uses", .number, in: levels,
      "Files are opened anew for each request."),
    Directive(
      withoutEffect: "open_file_cache_errors", .flag, in: levels,
      "Files are opened anew for each request."),
  ]

  private static let tuningOfOutput: [Directive] = [
    Directive(
      withoutEffect: "tcp_nopush", .flag, in: levels,
      "A head and the first bytes of a body always leave together."),
    Directive(
      "send_lowat", .size, warns: "\"send_lowat\" is not supported, ignored", in: levels,
      "Linux has no such limit for sockets."),
    Directive(
      withoutEffect: "postpone_output", .size, in: levels,
      "Output leaves when a response waits for more of its body, or is complete."),
    Directive(
      withoutEffect: "output_buffers", .buffers, in: levels,
      "A file that passes through filters is read in parts of 32 kilobytes."),
    Directive(
      withoutEffect: "keepalive_min_timeout", .time, in: levels,
      "Idle connections are closed at once when the program stops."),
  ]

  private static let tuningOfMemory: [Directive] = [
    Directive(
      name: "connection_pool_size", syntax: "size", count: 1...1, contexts: serverLevels,
      summary: "The least size of large header buffers; memory is taken from pools of each loop.",
      isBlock: false, hasEffect: false
    ) { (statement, level) throws(Diagnostic) in
      let size = try ArgumentType.poolSize.parse(statement, level)
      try level.markUsed("connection_pool_size", by: statement)
      level.settings.core.connectionPoolSize = size
    },
    Directive(
      withoutEffect: "request_pool_size", .poolSize, in: serverLevels,
      "Memory is taken from pools of each loop."),
    Directive(
      "subrequest_output_buffer_size", .size, sets: .core.subrequestBufferSize, in: levels,
      "The most bytes of a response that becomes the value of a variable; see `ssi`."),
    Directive(
      withoutEffect: "client_body_in_single_buffer", .flag, in: levels,
      "A request body in memory always is in one buffer."),
    Directive(
      withoutEffect: "variables_hash_max_size", .number, in: .http,
      "Variables are numbered when the configuration is read."),
    Directive(
      withoutEffect: "variables_hash_bucket_size", .number, in: .http,
      "Variables are numbered when the configuration is read."),
    Directive(
      withoutEffect: "server_names_hash_max_size", .number, in: .http,
      "Tables of server names grow as they must."),
    Directive(
      withoutEffect: "server_names_hash_bucket_size", .number, in: .http,
      "Tables of server names grow as they must."),
    Directive(
      withoutEffect: "types_hash_max_size", .number, in: levels,
      "Tables of media types grow as they must."),
    Directive(
      withoutEffect: "types_hash_bucket_size", .number, in: levels,
      "Tables of media types grow as they must."),
  ]
}

extension Directive {
  /// A directive without effect that nginx itself warns about.
  fileprivate convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>, warns sentence: String, in contexts: Contexts,
    _ summary: String
  ) {
    self.init(
      name: name, syntax: type.syntax, count: type.count, contexts: contexts, summary: summary,
      isBlock: false, hasEffect: false
    ) { (statement, level) throws(Diagnostic) in
      _ = try type.parse(statement, level)
      try level.markUsed(name, by: statement)
      level.load.report(.custom(sentence, at: statement, severity: .warning))
    }
  }
}

// MARK: - Arguments that are only checked

extension ArgumentType where Value == ByteString {
  fileprivate static var asynchronousFiles: Self {
    Self("on | off | threads[=pool]") { (statement, _) throws(Diagnostic) in
      let text = statement.arguments[0].text
      guard text == "on" || text == "off" || text == "threads" || text.hasPrefix("threads=") else {
        throw .invalidValue(of: statement)
      }
      return text
    }
  }

  fileprivate static var offsetOrOff: Self {
    Self("size | off") { (statement, _) throws(Diagnostic) in
      let text = statement.arguments[0].text
      guard text == "off" || Units.offset(text) != nil else { throw .invalidValue(of: statement) }
      return text
    }
  }
}

extension ArgumentType where Value == Int {
  fileprivate static var poolSize: Self {
    Self("size") { (statement, level) throws(Diagnostic) in
      let size = try ArgumentType.size.parse(statement, level)
      let word = statement.arguments[0]
      guard size >= 112 else {
        throw .custom("the pool size must be no less than 112", at: statement, word: word)
      }
      guard size % 16 == 0 else {
        throw .custom("the pool size must be a multiple of 16", at: statement, word: word)
      }
      return size
    }
  }

  /// `max=N [inactive=time]`, or `off`, which counts as 0.
  fileprivate static var openFileCache: Self {
    Self("off | max=number [inactive=time]", count: 1...2) { (statement, _) throws(Diagnostic) in
      var maximum = 0
      var isOff = false
      for word in statement.arguments {
        switch word.text.splitAtEquals {
        case ("off", nil): isOff = true
        case ("max", let value?) where (value.decimalNumber ?? 0) > 0:
          maximum = value.decimalNumber ?? 0
        case ("inactive", let value?) where Units.seconds(value) != nil: continue
        default:
          throw .custom(
            "invalid \"open_file_cache\" parameter \"\(word.text)\"", at: statement, word: word)
        }
      }
      guard isOff || maximum > 0 else {
        throw .custom("\"open_file_cache\" must have the \"max\" parameter", at: statement)
      }
      return maximum
    }
  }
}
