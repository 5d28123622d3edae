package import Bytes

/// The text of a configuration file with its lines, for those who show parts of it.
package struct SourceText: Sendable {
  private let bytes: [UInt8]

  /// Where each line starts.
  private let starts: [Int]

  /// A text; its lines are found once, and not anew for each diagnostic.
  package init(_ text: ByteString) {
    bytes = text.bytes
    starts = [0] + bytes.indices.filter { text.bytes[$0] == ASCII.lineFeed }.map { $0 + 1 }
  }

  /// A line without its end, counted from 1; nil behind the last.
  package func line(_ number: Int) -> ArraySlice<UInt8>? {
    guard number >= 1, number <= starts.count else { return nil }
    var line = bytes[starts[number - 1]...].prefix { $0 != ASCII.lineFeed }
    if line.last == ASCII.carriageReturn { line.removeLast() }
    return line
  }
}
