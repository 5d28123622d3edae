import Synchronization

/// A place in a configuration file.
package struct SourcePlace: Hashable, Sendable {
  /// The name nginx gives the text of its option `-g` in messages.
  package static let commandLine = "command line"

  private let fileName: FileName
  private let lineNumber: UInt32
  private let columnNumber: UInt32

  /// The path of the file as it was opened, or ``commandLine``.
  package var file: String { fileName.text }

  /// The line, counted from 1.
  package var line: Int { Int(lineNumber) }

  /// The byte in the line, counted from 1.
  package var column: Int { Int(columnNumber) }

  /// A place; line and column are counted from 1.
  package init(file: String, line: Int, column: Int) {
    self.init(file: FileName(file), line: line, column: column)
  }

  init(file: FileName, line: Int, column: Int) {
    fileName = file
    lineNumber = UInt32(clamping: line)
    columnNumber = UInt32(clamping: column)
  }
}

/// The name of a configuration file, as a number: every word has a place, and files are few.
///
/// Names stay known as long as the process runs.
struct FileName: Hashable, Sendable {
  private let number: UInt32
  private static let known = Mutex(KnownNames())

  /// The number of a name, the same each time.
  init(_ text: String) { number = FileName.known.withLock { $0.number(of: text) } }

  /// The name.
  var text: String { FileName.known.withLock { $0.texts[Int(number)] } }
}

/// The names that there were so far.
private struct KnownNames {
  private(set) var texts: [String] = []
  private var numbers: [String: UInt32] = [:]

  mutating func number(of text: String) -> UInt32 {
    if let number = numbers[text] { return number }
    let number = UInt32(texts.count)
    texts.append(text)
    numbers[text] = number
    return number
  }
}
