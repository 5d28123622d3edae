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

  /// Everything that was found, in the words that are shown: nginx would stop at the first error.
  func reported(program: String) -> [ReportedDiagnostic] {
    let first = result.diagnostics.firstIndex { $0.severity.isError }
    let files = Set(result.diagnostics.compactMap(\.place?.file))
    let texts = files.reduce(into: [:]) { $0[$1] = parsed.text(of: $1) }
    return result.diagnostics.enumerated().map { (index, diagnostic) in
      ReportedDiagnostic(
        level: LogLevel.allCases.first { $0.name == diagnostic.severity.rawValue } ?? .emerg,
        line: diagnostic.sentence,
        rendering: diagnostic.rendered(
          program: program, in: diagnostic.place.flatMap { texts[$0.file] },
          isFurther: diagnostic.severity.isError && index != first))
    }
  }

  /// Tells everything that was found on standard error.
  func report(to log: ProgramLog) {
    for diagnostic in reported(program: log.program) {
      StandardStream.error.write(diagnostic.rendering + "\n")
    }
  }
}
