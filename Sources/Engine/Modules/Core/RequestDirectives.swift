import Bytes
import Config
import Wire

extension CoreSettings {
  /// What requests are accepted and how they are read.
  static let requestDirectives: [Directive] = [
    Directive(
      "client_header_buffer_size", .size, sets: .core.clientHeaderBufferSize, in: serverLevels,
      "The size that a request line may have even where `large_client_header_buffers` are smaller."
    ).then { level in level.settings.core.value.updateHeadLimits() },
    Directive(
      "large_client_header_buffers", .headBuffers, sets: .core.largeClientHeaderBuffers,
      in: serverLevels,
      "The limit of a request head: its size is number × size, that of one line is size."
    ).then { level in level.settings.core.value.updateHeadLimits() },
    Directive(
      "max_headers", .number, sets: .core.headOptions.maximumFields, in: serverLevels,
      "The most field lines that a request head may have; then 400."),
    Directive(
      "ignore_invalid_headers", .flag, sets: .core.headOptions.ignoresInvalid, in: serverLevels,
      "Whether a field with an invalid name is dropped; otherwise the answer is 400."),
    Directive(
      "underscores_in_headers", .flag, sets: .core.headOptions.allowsUnderscores,
      in: serverLevels, "Whether field names may contain underscores."),
    Directive(
      "merge_slashes", .flag, sets: .core.mergesSlashes, in: serverLevels,
      "Whether several slashes in a row count as one."),
    Directive(
      "client_max_body_size", .offset, sets: .core.clientMaxBodySize, in: levels,
      "The largest request body; a larger one is answered with 413. 0 for no limit."
    ).with(defaultText: "1m"),
    Directive(
      "client_body_buffer_size", .size, sets: .core.clientBodyBufferSize, in: levels,
      "How much of a request body is kept in memory; a larger one goes to a temporary file."
    ).with(defaultText: "16k"),
    Directive(
      "client_body_temp_path", .temporaryPath, sets: .core.clientBodyTempPath, in: levels,
      "The folder of temporary files with request bodies; the level words are checked only."
    ).with(defaultText: "client_body_temp"),
    Directive(
      "client_body_in_file_only", .keyword, sets: .core.bodyInFileOnly, in: levels,
      "Whether every request body is kept in a file: `clean` removes it after the request."),
    Directive(
      "internal", "", count: 0...0, in: .location,
      "Answers requests of clients with 404; only internal redirects reach the location."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("internal", by: statement)
      level.settings.core.isInternal = true
    },
    Directive(
      "satisfy", .keyword, sets: .core.mustSatisfy, in: levels,
      "Whether all access rules must allow a request, or any one."),
    Directive(
      "auth_delay", .time, sets: .core.authDelay, in: levels,
      "How long a request waits that is to be answered with 401, to slow guessing down."),
  ]

  /// Makes the limits of the head parser those of the two buffer directives.
  mutating func updateHeadLimits() {
    let large = largeClientHeaderBuffers
    headOptions.maximumRequestLineBytes = max(clientHeaderBufferSize, large.size)
    headOptions.maximumFieldLineBytes = max(clientHeaderBufferSize, large.size)
    headOptions.maximumBytes = max(clientHeaderBufferSize, large.total)
  }
}

extension ArgumentType where Value == BufferSettings {
  /// Buffers of request heads, which nginx wants to be no smaller than its memory pools.
  fileprivate static var headBuffers: Self {
    Self("number size", count: 2...2) { (statement, level) throws(Diagnostic) in
      let buffers = try ArgumentType.buffers.parse(statement, level)
      guard buffers.size >= level.settings.core.connectionPoolSize else {
        throw .custom(
          "the \"large_client_header_buffers\" size must be "
            + "equal to or greater than \"connection_pool_size\"", at: statement,
          word: statement.arguments[1])
      }
      return buffers
    }
  }
}

extension ArgumentType where Value == ByteString {
  /// A folder, and up to three numbers of nginx's subfolders.
  static var temporaryPath: Self {
    Self("path [level1 [level2 [level3]]]", count: 1...4) { (statement, level) throws(Diagnostic) in
      for word in statement.arguments.dropFirst() {
        guard let digits = word.text.decimalNumber, (1...3).contains(digits) else {
          throw .directive(statement, "invalid value", word: word)
        }
      }
      return level.pathBelowPrefix(statement.arguments[0].text)
    }
  }
}
