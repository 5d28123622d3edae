import Bytes
import Config

/// Makes a whole configuration of a file that starts at a deeper level.
///
/// A snippet from a blog begins with `server`, `upstream` or `location`. It is understood as if it
/// stood where it belongs, so that it can be checked and served as it is.
enum Snippet {
  static func completed(_ statements: [Statement]) -> [Statement] {
    let names = statements.map(\.name.text)
    if names.contains("http") || names.contains("events") { return statements }
    guard let level = level(of: names) else { return statements }
    let isMain: (Statement) -> Bool = {
      Catalogue.contexts(of: $0.name.text).contains(.main) && $0.name.text != "server"
    }
    let main = statements.filter { isMain($0) && !belongs($0, to: level) }
    let inner = statements.filter { !isMain($0) || belongs($0, to: level) }
    switch level {
    case .http: return main + [block("http", inner)]
    default: return main + [block("http", [block("server", inner)])]
    }
  }

  /// The deepest level that the names demand; nil for a file that stands where it is.
  private static func level(of names: [ByteString]) -> Contexts? {
    let contexts = names.map(Catalogue.contexts(of:)).filter { !$0.isEmpty }
    if contexts.allSatisfy({ $0.contains(.main) }) { return nil }
    if contexts.contains(where: { !$0.isDisjoint(with: [.http]) && $0.isDisjoint(with: [.server]) })
    {
      return .http
    }
    return .server
  }

  private static func belongs(_ statement: Statement, to level: Contexts) -> Bool {
    let contexts = Catalogue.contexts(of: statement.name.text)
    return contexts.contains(level) && !contexts.contains(.main)
  }

  private static func block(_ name: ByteString, _ statements: [Statement]) -> Statement {
    let place = statements.first?.name.place ?? SourcePlace(file: "", line: 1, column: 1)
    return Statement(
      name: Word(text: name, place: place), block: statements,
      order: statements.first?.order ?? 0, endOrder: statements.last?.endOrder ?? 0)
  }
}
