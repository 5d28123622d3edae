import Bytes
import Config
import Engine

/// Which configuration is meant: what the command line said, with full paths.
struct ConfigurationSource: Equatable, Sendable {
  /// The name that the program was invoked by, which begins its messages.
  var program: String

  /// Where relative paths start; ends with a slash.
  var prefix: String

  /// The main file, as messages show it.
  var mainFile: String

  /// The folder of the main file; ends with a slash.
  var folder: String

  /// The text of `-g`.
  var globalText: String?

  /// The error log of a configuration that names none; `stderr` is standard error.
  var errorLog: String

  init(_ invocation: Invocation, _ paths: Paths, program: String) {
    self.program = program
    prefix = paths.prefix
    mainFile = paths.configurationFile
    folder = paths.configurationFolder
    globalText = invocation.globalText
    errorLog = paths.errorLog ?? "stderr"
  }

  /// What the meaning of the configuration depends on.
  var loadOptions: LoadOptions {
    var options = LoadOptions(prefix: prefix, configurationFolder: folder)
    options.errorLog = errorLog
    return options
  }

  func encode(to writer: inout MessageWriter) {
    for text in [program, prefix, mainFile, folder, errorLog] { writer.write(text) }
    writer.write(globalText) { $0.write($1) }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    program = try reader.string()
    prefix = try reader.string()
    mainFile = try reader.string()
    folder = try reader.string()
    errorLog = try reader.string()
    globalText = try reader.optional { (reader) throws(ProtocolError) in try reader.string() }
  }
}
