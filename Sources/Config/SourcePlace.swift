/// A place in a configuration file.
package struct SourcePlace: Hashable, Sendable {
  /// The name nginx gives the text of its option `-g` in messages.
  package static let commandLine = "command line"

  /// The path of the file as it was opened, or ``commandLine``.
  package let file: String

  /// The line, counted from 1.
  package let line: Int

  /// The byte in the line, counted from 1.
  package let column: Int

  /// A place; line and column are counted from 1.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}
