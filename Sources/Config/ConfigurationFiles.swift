package import Bytes

/// A configuration file as it was read.
package struct SourceFile: Equatable, Sendable {
  /// The path as messages show it.
  package let path: String

  /// The whole content.
  package let bytes: ByteString

  /// A file that was read elsewhere.
  package init(path: String, bytes: ByteString) {
    self.path = path
    self.bytes = bytes
  }
}

/// A configuration whose syntax has been read, with everything that was wrong with it.
package struct ParsedConfiguration: Sendable {
  /// The statements of the main file, with those of included files in place.
  package var statements: [Statement]

  /// The statements of the option `-g`.
  package var globalStatements: [Statement]

  /// Every file, once each, in the order in which they were first read.
  package var files: [SourceFile]

  /// The text of the option `-g`; nil without it.
  package var globalText: ByteString?

  /// The errors, in the order in which nginx would meet them.
  package var diagnostics: [Diagnostic]

  /// The text that a place of a diagnostic lies in, for ``Diagnostic/rendered(program:in:)``.
  package func source(of place: SourcePlace?) -> SourceText? {
    place.flatMap { texts(of: [$0.file])[$0.file] }
  }

  /// The texts of files, and of the option `-g`, by their names; those that were not read are left
  /// out.
  package func texts(of names: Set<String>) -> [String: SourceText] {
    var texts: [String: SourceText] = [:]
    for file in files where names.contains(file.path) { texts[file.path] = SourceText(file.bytes) }
    if names.contains(SourcePlace.commandLine), let globalText {
      texts[SourcePlace.commandLine] = SourceText(globalText)
    }
    return texts
  }
}

/// Reads configuration files.
package struct ConfigurationFiles {
  /// Reads the main file and everything it includes.
  ///
  /// - Parameters:
  ///   - mainFile: The path of the main file, as messages shall show it.
  ///   - folder: What relative paths of `include` are relative to: the main file's folder.
  ///   - globalText: The text of the option `-g`, which is read first.
  ///   - reader: Where files come from.
  package static func read(
    mainFile: String, folder: String, globalText: String? = nil,
    reader: some FileReader = DiskReader()
  ) -> ParsedConfiguration {
    let session = ReadingSession(reader: reader, folder: folder)
    let text = globalText.map { ByteString($0) }
    let global = text.map { session.statements(ofCommandLine: $0) } ?? []
    let statements = session.statements(ofFile: mainFile, includedBy: nil)
    return ParsedConfiguration(
      statements: statements, globalStatements: global, files: session.files, globalText: text,
      diagnostics: session.diagnostics)
  }
}

extension ReadingSession {
  fileprivate func statements(ofCommandLine text: ByteString) -> [Statement] {
    var parser = Parser(file: SourcePlace.commandLine, source: text, session: self)
    return parser.parse()
  }
}
