import Config
import Engine

/// A configuration that has been read, and what is wrong with it.
struct LoadedConfiguration {
  let parsed: ParsedConfiguration
  let result: LoadResult

  init(
    _ source: ConfigurationSource, _ options: LoadOptions, _ reader: some FileReader = DiskReader()
  ) {
    parsed = ConfigurationFiles.read(
      mainFile: source.mainFile, folder: source.folder, globalText: source.globalText,
      reader: reader)
    result = Load.site(from: parsed, options: options)
  }

  /// nil where there were errors.
  var site: Site? { result.site }

  /// Everything that was found, in the words that are shown.
  func reported(program: String) -> [ReportedDiagnostic] {
    let prefix = "\(program): "
    return result.diagnostics.map { diagnostic in
      let severity = diagnostic.severity.rawValue
      let level = LogLevel.allCases.first { $0.name == severity } ?? .emerg
      let line = diagnostic.description(program: program)
      return ReportedDiagnostic(
        level: level, line: String(line.dropFirst(prefix.count + severity.count + 3)),
        rendering: diagnostic.rendered(
          program: program, in: parsed.source(of: diagnostic.place)))
    }
  }

  /// Tells everything that was found on standard error.
  func report(to log: ProgramLog) {
    for diagnostic in reported(program: log.program) {
      StandardStream.error.write(diagnostic.rendering + "\n")
    }
  }
}
