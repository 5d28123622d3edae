import Bytes
import Config

/// A line that is a directive to whoever reads it, and more words of the statement above it to
/// nginx, since that lacks its `;`.
struct SwallowedLine {
  /// The word before the line.
  let former: Word

  /// The name of the directive.
  let name: Word

  /// Finds the first one in a statement that nginx accepts.
  ///
  /// The words before the line must be enough for the statement, and those of the line for its own
  /// directive, which may stand in the same block. Values in a list over several lines usually
  /// stand further to the right than the name of their directive; there, a name must look like
  /// nothing else.
  init?(in statement: Statement, as directive: Directive, _ context: Contexts) {
    // Most statements stand in one line.
    guard !directive.isBlock, let last = statement.arguments.last,
      last.place.line > statement.name.place.line
    else { return nil }
    let words = statement.words
    let starts = words.indices.dropFirst().filter {
      words[$0 - 1].place.line < words[$0].place.line && !words[$0].isQuoted
        && Catalogue.row(of: words[$0].text, in: context)?.isBlock == false
    }
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : words.count
      guard directive.count.contains(start - 1),
        Catalogue.row(of: words[start].text, in: context)?.count.contains(end - start - 1) == true,
        words[start].place.column <= words[0].place.column
          || SwallowedLine.isPlain(words[start..<end])
      else { continue }
      (former, name) = (words[start - 1], words[start])
      return
    }
    return nil
  }

  /// Whether words are a directive wherever they stand: the name of no file and no host has an
  /// underscore, and none of a directive's name stands before a path.
  private static func isPlain(_ words: ArraySlice<Word>) -> Bool {
    words[words.startIndex].text.bytes.contains(UInt8(ascii: "_"))
      || words.dropFirst().contains { $0.text.bytes.contains(UInt8(ascii: "/")) }
  }
}

extension Load {
  /// Warns of a statement that nginx accepts with the next line among its words.
  func warnOfSwallowedLine(
    _ statement: Statement, _ directive: Directive, _ context: Contexts
  ) {
    guard let line = SwallowedLine(in: statement, as: directive, context) else { return }
    warnOnce(
      "\"\(line.name.text)\" is an argument of the \"\(statement.name.text)\" directive",
      at: statement, word: line.name,
      note: "is a \";\" missing behind \"\(line.former.text)\" in line \(line.former.place.line)?")
  }
}
