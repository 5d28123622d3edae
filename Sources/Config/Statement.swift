package import Bytes

/// One word of a statement: a directive's name or one of its arguments.
package struct Word: Hashable, Sendable {
  /// The text without its quotes, with escapes resolved.
  package let text: ByteString

  /// Whether the word was written in single or double quotes.
  package let isQuoted: Bool

  /// Where the word starts; its quote, where it has one.
  package let place: SourcePlace

  /// A word as it was understood, without quotes and escapes.
  package init(text: ByteString, isQuoted: Bool = false, place: SourcePlace) {
    self.text = text
    self.isQuoted = isQuoted
    self.place = place
  }
}

/// A directive as it was written, with the statements of its block where it has one.
package final class Statement: Sendable {
  /// The first word.
  package let name: Word

  /// The words after the name.
  package let arguments: [Word]

  /// The statements in braces; nil where the statement ended with `;`.
  package let block: [Statement]?

  /// The line nginx reports for this statement: where its `;` or `{` was read.
  package let reportedLine: Int

  /// The place of the closing brace; nil without a block and where the brace is missing.
  package let blockEnd: SourcePlace?

  /// The rank in the sequence in which nginx meets statements, closing braces and errors.
  package let order: Int

  /// The rank of the closing brace in that sequence; that of the statement without a block.
  package let endOrder: Int

  /// A statement that was read, or one that is understood around a snippet.
  package init(
    name: Word, arguments: [Word] = [], block: [Statement]? = nil, reportedLine: Int? = nil,
    blockEnd: SourcePlace? = nil, order: Int = 0, endOrder: Int? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.block = block
    self.reportedLine = reportedLine ?? name.place.line
    self.blockEnd = blockEnd
    self.order = order
    self.endOrder = endOrder ?? order
  }

  /// The name and the arguments.
  package var words: [Word] { [name] + arguments }
}
