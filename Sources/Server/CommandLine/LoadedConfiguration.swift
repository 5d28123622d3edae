import Config
import Engine

/// A configuration that has been read, to be looked at and not to be served; what is wrong with it.
struct LoadedConfiguration {
  let parsed: ParsedConfiguration
  let result: LoadResult<SiteOutline>

  init(
    _ source: ConfigurationSource, _ options: LoadOptions, _ reader: some FileReader = DiskReader()
  ) {
    parsed = ConfigurationFiles.read(
      mainFile: source.mainFile, folder: source.folder, globalText: source.globalText,
      reader: reader)
    result = Load.outline(of: parsed, options: options)
  }

  /// nil where there were errors.
  var outline: SiteOutline? { result.made }

  /// Everything that was found, in the words that are shown: nginx would stop at the first error.
  func reported(program: String) -> [ReportedDiagnostic] {
    let first = result.diagnostics.firstIndex { $0.severity.isError }
    let texts = parsed.texts(of: Set(result.diagnostics.compactMap(\.place?.file)))
    return result.diagnostics.enumerated().map { (index, diagnostic) in
      ReportedDiagnostic(
        level: LogLevel.allCases.first { $0.name == diagnostic.severity.rawValue } ?? .emerg,
        line: diagnostic.sentence,
        rendering: diagnostic.rendered(
          program: program, in: diagnostic.place.flatMap { texts[$0.file] },
          isFurther: diagnostic.severity.isError && index != first))
    }
  }

  /// Tells what was found on standard error.
  ///
  /// - Parameter level: The least severe level that is told.
  func report(to log: ProgramLog, upTo level: LogLevel = .notice) {
    for diagnostic in reported(program: log.program) where diagnostic.level <= level {
      StandardStream.error.write(diagnostic.rendering + "\n")
    }
  }
}
