import Bytes
import Config

/// Makes a whole configuration of a file without `http`, level by level.
///
/// A snippet from a blog begins with `server`, `upstream`, `map` or `location`. What may stand
/// outside of all blocks stays there, what belongs to `http` goes into one `http`, and what belongs
/// to a server into one `server` inside of it. Beside a `server` of the file's own nobody knows
/// whether such a directive is meant for it: there it stays in `http`, which refuses it.
enum Snippet {
  /// Where a statement belongs.
  private enum Place {
    case main, http, httpOrServer, server, unknown
  }

  static func completed(_ statements: [Statement]) -> [Statement] {
    let places = statements.map { place(of: $0.name.text) }
    let isWhole = statements.contains { $0.name.text == "http" }
    guard !isWhole, places.contains(where: { $0 != .main && $0 != .unknown }) else {
      return statements
    }
    let hasServer = statements.contains { $0.name.text == "server" }
    let wantsServer = !hasServer && (places.contains(.server) || !places.contains(.http))
    var (main, http, server): ([Statement], [Statement], [Statement]) = ([], [], [])
    for (statement, place) in zip(statements, places) {
      switch place {
      case .main: main.append(statement)
      case .http: http.append(statement)
      case .httpOrServer, .server, .unknown:
        if wantsServer { server.append(statement) } else { http.append(statement) }
      }
    }
    if !server.isEmpty { http.append(block("server", server)) }
    return main + [block("http", http.sorted { $0.order < $1.order })]
  }

  private static func place(of name: ByteString) -> Place {
    let contexts = Catalogue.contexts(of: name).subtracting(.ofStream)
    if contexts.isEmpty { return .unknown }
    if contexts.contains(.main) { return .main }
    guard contexts.contains(.http) else { return .server }
    return contexts.contains(.server) ? .httpOrServer : .http
  }

  private static func block(_ name: ByteString, _ statements: [Statement]) -> Statement {
    let place = statements.first?.name.place ?? SourcePlace(file: "", line: 1, column: 1)
    return Statement(
      name: Word(text: name, place: place), block: statements,
      order: statements.first?.order ?? 0, endOrder: statements.map(\.endOrder).max() ?? 0)
  }
}
