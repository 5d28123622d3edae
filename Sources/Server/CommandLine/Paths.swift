import CLinux
import Engine

/// The files that an invocation is about.
struct Paths {
  /// Where relative paths start unless `-p` says otherwise.
  static let standardPrefix = "/usr/local/apus/"

  /// The configuration file below the prefix unless `-c` says otherwise.
  static let standardConfigurationFile = "conf/nginx.conf"

  /// The error log below the prefix until the configuration names another.
  static let standardErrorLog = "logs/error.log"

  /// Ends with a slash.
  let prefix: String

  /// The path of the main configuration file, as messages show it.
  let configurationFile: String

  /// The folder of the main configuration file; ends with a slash.
  let configurationFolder: String

  /// The first error log; nil for standard error.
  let errorLog: String?

  init(_ invocation: Invocation) {
    let folder = Paths.absolute(invocation.prefix ?? Paths.standardPrefix)
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    let file = Paths.path(
      invocation.configurationFile ?? Paths.standardConfigurationFile, below: prefix)
    self.prefix = prefix
    configurationFile = file
    let end = file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex
    configurationFolder = String(file[..<end])
    let log = invocation.errorLog ?? Paths.standardErrorLog
    errorLog = log == "stderr" ? nil : Paths.path(log, below: prefix)
  }

  /// What the meaning of a configuration depends on.
  var loadOptions: LoadOptions {
    var options = LoadOptions(prefix: prefix, configurationFolder: configurationFolder)
    options.errorLog = errorLog ?? "stderr"
    return options
  }

  /// A relative prefix starts at the current folder, which `daemon` and `working_directory` leave.
  private static func absolute(_ folder: String) -> String {
    guard !folder.hasPrefix("/"), let current = getcwd(nil, 0) else { return folder }
    defer { free(current) }
    return folder == "." ? String(cString: current) : String(cString: current) + "/" + folder
  }

  private static func path(_ path: String, below prefix: String) -> String {
    path.hasPrefix("/") ? path : prefix + path
  }
}
