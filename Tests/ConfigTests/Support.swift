import Bytes

@testable import Config

/// Files that exist only in a test.
struct MemoryFiles: FileReader {
  var files: [String: ByteString]

  func bytes(of path: String) throws(ReadError) -> ByteString {
    guard let bytes = files[path] else { throw ReadError(call: "open()", code: 2) }
    return bytes
  }

  /// Understands one `*` at the end of the folder part, which is all the tests need.
  func paths(matching pattern: String) throws(ReadError) -> [String] {
    let parts = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    let (start, end) = (String(parts[0]), String(parts[1]))
    return files.keys.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.sorted()
  }
}

/// Reads `text` as the main file `/etc/apus/main.conf`, next to other files of that folder.
func read(
  _ text: String, with others: [String: String] = [:], globalText: String? = nil
) -> ParsedConfiguration {
  var files = ["/etc/apus/main.conf": ByteString(text)]
  for (name, text) in others { files["/etc/apus/\(name)"] = ByteString(text) }
  return ConfigurationFiles.read(
    mainFile: "/etc/apus/main.conf", folder: "/etc/apus", globalText: globalText,
    reader: MemoryFiles(files: files))
}

extension ParsedConfiguration {
  /// The diagnostics as lines, without the program's name and the folder.
  var lines: [String] {
    diagnostics.map {
      var line = $0.description(program: "apus")
      while let range = line.firstRange(of: "/etc/apus/") { line.removeSubrange(range) }
      return String(line.dropFirst("apus: ".count))
    }
  }

  /// The diagnostics as a person sees them.
  var rendering: String {
    diagnostics.map { $0.rendered(program: "apus", in: source(of: $0.place)) }
      .joined(separator: "\n")
  }
}

/// Statements in a compact form: words between bars, blocks in braces.
func outline(_ statements: [Statement]) -> String {
  statements.map { statement in
    let words = statement.words.map(\.text.string).joined(separator: "|")
    guard let block = statement.block else { return words + ";" }
    return "\(words){\(outline(block))}"
  }
  .joined()
}
