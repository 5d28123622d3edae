import Bytes
import CLinux

/// What the parsers of a configuration's files share while it is read.
final class ReadingSession {
  /// How deep files may include each other.
  static let maximumDepth = 100

  /// How many files may be included, counting a file as often as it is included.
  static let maximumIncludes = 50_000

  private let reader: any FileReader

  /// Put before relative paths; ends with a slash unless empty.
  private let folder: String

  private var lastOrder = 0
  private var includeCount = 0
  private var openFiles: [String] = []
  private var content: [String: ByteString] = [:]
  private(set) var files: [SourceFile] = []

  /// The texts of words, whatever file they stand in.
  let texts = WordTexts()
  private(set) var diagnostics: [Diagnostic] = []

  init(reader: any FileReader, folder: String) {
    self.reader = reader
    self.folder = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
  }

  /// The next rank in the sequence of everything that is met.
  func nextOrder() -> Int {
    lastOrder += 1
    return lastOrder
  }

  /// Keeps an error, unless the last one says the same of the same place.
  func report(_ problem: Diagnostic) {
    if let last = diagnostics.last, last.message == problem.message, last.place == problem.place,
      problem.place != nil
    {
      return
    }
    var ranked = problem
    ranked.order = nextOrder()
    diagnostics.append(ranked)
  }

  /// The statements of a file.
  ///
  /// - Parameter statement: The one that includes the file; nil for the main file.
  func statements(ofFile path: String, includedBy statement: Statement?) -> [Statement] {
    do throws(ReadError) {
      let source = try source(of: path)
      openFiles.append(path)
      defer { openFiles.removeLast() }
      var parser = Parser(file: path, source: source, session: self)
      return parser.parse()
    } catch {
      report(.unreadable(path, error, at: statement))
      return []
    }
  }

  private func source(of path: String) throws(ReadError) -> ByteString {
    if let known = content[path] { return known }
    let bytes: ByteString
    do throws(ReadError) {
      bytes = try reader.bytes(of: path)
    } catch {
      guard error.code == ENOENT, let shipped = shippedText(for: path) else { throw error }
      bytes = shipped
    }
    content[path] = bytes
    files.append(SourceFile(path: path, bytes: bytes))
    return bytes
  }

  /// The text of a shipped file that a path beside the main file names.
  private func shippedText(for path: String) -> ByteString? {
    guard !openFiles.isEmpty, path.hasPrefix(folder) else { return nil }
    return ShippedFiles.text(of: String(path.dropFirst(folder.count)))
  }
}

// MARK: - Include

extension ReadingSession {
  /// The statements that take the place of an `include` with one argument.
  ///
  /// A path is relative to the folder of the main file. One with `*`, `?` or `[` is a pattern that
  /// may match nothing.
  ///
  /// Source: nginx, "Core functionality", `include`.
  func include(_ statement: Statement) -> [Statement] {
    let name = statement.arguments[0].text
    let path = name.bytes.first == UInt8(ascii: "/") ? name.string : folder + name.string
    guard path.utf8.contains(where: { "*?[".utf8.contains($0) }) else {
      return include(path, for: statement)
    }
    do throws(ReadError) {
      return try reader.paths(matching: path).flatMap { include($0, for: statement) }
    } catch {
      report(.unreadable(path, error, at: statement))
      return []
    }
  }

  private func include(_ path: String, for statement: Statement) -> [Statement] {
    includeCount += 1
    if openFiles.contains(path) {
      report(.includesItself(path, at: statement))
    } else if openFiles.count >= Self.maximumDepth {
      report(.includesTooDeep(at: statement, limit: Self.maximumDepth))
    } else if includeCount > Self.maximumIncludes {
      report(.tooManyIncludes(at: statement, limit: Self.maximumIncludes))
    } else {
      return statements(ofFile: path, includedBy: statement)
    }
    return []
  }
}
