import Bytes
import Config

/// A mistake in a statement: nginx's sentence about it, and what the statement is.
struct Mistake {
  let diagnostic: Diagnostic
  let statement: Statement

  /// The row of the statement; nil where it has none, or may not stand where it does.
  let directive: Directive?
  let load: Load

  /// The block that it stands in; nil where that is not known any more.
  let context: Contexts?

  /// The statements of the block that it stands in; none where they are not known any more.
  let siblings: [Statement]

  /// The word that the caret points to.
  var word: Word {
    statement.words.first { $0.place == diagnostic.place } ?? statement.name
  }

  /// Whether nginx's sentence begins with some text.
  func says(_ text: String) -> Bool { diagnostic.message.hasPrefix(text) }
}

extension Diagnostic {
  /// A copy that tells what may have gone wrong in a statement, where nothing else advises yet.
  ///
  /// - Parameters:
  ///   - directive: The row of the statement; nil where it has none.
  ///   - siblings: The statements of its block.
  ///   - context: The kind of its block.
  func advising(
    about statement: Statement, as directive: Directive? = nil, among siblings: [Statement] = [],
    in load: Load, _ context: Contexts? = nil
  ) -> Diagnostic {
    guard note == nil, load.diagnostics.count < Advice.maximumCount else { return self }
    let mistake = Mistake(
      diagnostic: self, statement: statement, directive: directive, load: load,
      context: context, siblings: siblings)
    for row in suggestion == nil ? Advice.ofPasting + Advice.others : Advice.ofPasting {
      switch row(mistake) {
      case .word(let word): return suggesting(word)
      case .sentence(let sentence): return noting(sentence)
      case .explanation(let sentence): return suggesting(nil).noting(sentence)
      case .missingBrace(let sentence): return noting(sentence).markedAsUnopenedBlock
      case nil: continue
      }
    }
    return self
  }
}

extension Load {
  /// The word that was probably meant; nil where none is near, or where enough has been said.
  func nearest(to word: ByteString, among candidates: some Sequence<ByteString>) -> String? {
    guard diagnostics.count < Advice.maximumCount else { return nil }
    return SpellingSuggestion.nearest(to: word, among: candidates.map(\.string))
  }
}
