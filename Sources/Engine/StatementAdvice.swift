import Bytes
import Config

extension Diagnostic {
  /// A copy that tells what may have gone wrong in a statement, where nothing else advises yet.
  func advising(about statement: Statement) -> Diagnostic {
    guard suggestion == nil, note == nil else { return self }
    return noting(statement.missingSemicolon)
  }
}

extension Statement {
  /// The advice for a statement that has swallowed the next line: a `;` is missing before a word
  /// that begins a line and is the name of a directive; nil where there is none.
  fileprivate var missingSemicolon: String? {
    for (former, word) in zip(words, arguments)
    where former.place.line < word.place.line && !word.isQuoted
      && Catalogue.isKnownToNginx(word.text)
    {
      return "is a \";\" missing behind \"\(former.text)\" in line \(former.place.line)?"
    }
    return nil
  }
}
