import Bytes
import Config
import Sockets

/// The parameters of an `access_log` directive, behind the path and the format.
struct AccessLogParameters {
  var buffering: LogBuffering?
  var condition: Template?

  init(_ words: ArraySlice<Word>, _ statement: Statement, _ level: Level) throws(Diagnostic) {
    var size: Int?
    var flush: Milliseconds?
    var gzipLevel: Int?
    for word in words {
      let text = word.text
      if text.hasPrefix("buffer=") {
        size = try AccessLogParameters.size(text.dropFirst(7), word, statement)
      } else if text.hasPrefix("flush=") {
        flush = try AccessLogParameters.time(text.dropFirst(6), word, statement)
      } else if text.hasPrefix("if=") {
        condition = try Template.compile(
          text.dropFirst(3), at: word, of: statement, variables: level.variables)
      } else if text == "gzip" || text.hasPrefix("gzip=") {
        gzipLevel = try AccessLogParameters.gzipLevel(text.dropFirst(5), word, statement)
      } else {
        throw .invalidParameter(word, of: statement)
      }
    }
    if size != nil || gzipLevel != nil {
      buffering = LogBuffering(
        size: size ?? LogBuffering.sizeOfCompressed, flush: flush, gzipLevel: gzipLevel)
    } else if flush != nil {
      throw .custom(
        "no buffer is defined for access_log \"\(statement.arguments[0].text)\"", at: statement)
    }
  }

  private static func gzipLevel(
    _ text: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> Int {
    if text.isEmpty { return 1 }
    guard let level = text.decimalNumber, (1...9).contains(level) else {
      throw .custom("invalid compression level \"\(text)\"", at: statement, word: word)
    }
    return level
  }

  private static func size(
    _ text: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> Int {
    guard let size = Units.size(text), size > 0 else {
      throw .custom("invalid buffer size \"\(text)\"", at: statement, word: word)
    }
    return size
  }

  private static func time(
    _ text: ByteString, _ word: Word, _ statement: Statement
  ) throws(Diagnostic) -> Milliseconds {
    guard let time = Units.milliseconds(text), time > 0 else {
      throw .custom("invalid flush time \"\(text)\"", at: statement, word: word)
    }
    return Milliseconds(time)
  }
}
