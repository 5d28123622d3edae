import Config
import Engine

/// A configuration that has been read, and what is wrong with it.
struct LoadedConfiguration {
  let parsed: ParsedConfiguration
  let result: LoadResult

  init(_ invocation: Invocation, _ paths: Paths, _ options: LoadOptions) {
    parsed = ConfigurationFiles.read(
      mainFile: paths.configurationFile, folder: paths.configurationFolder,
      globalText: invocation.globalText)
    result = Load.site(from: parsed, options: options)
  }

  /// nil where there were errors.
  var site: Site? { result.site }

  /// Tells everything that was found on standard error.
  func report(to log: ProgramLog) {
    for diagnostic in result.diagnostics {
      let source = parsed.source(of: diagnostic.place)
      StandardStream.error.write(
        diagnostic.rendered(program: log.program, in: source) + "\n")
    }
  }

  /// Notes everything that was found in the error log, in nginx's words alone.
  func record(in log: ProgramLog) {
    let prefix = "\(log.program): "
    for diagnostic in result.diagnostics {
      let severity = diagnostic.severity.rawValue
      guard let level = LogLevel.allCases.first(where: { $0.name == severity }) else { continue }
      let line = diagnostic.description(program: log.program)
      log.record(level, String(line.dropFirst(prefix.count + severity.count + 3)))
    }
  }
}
