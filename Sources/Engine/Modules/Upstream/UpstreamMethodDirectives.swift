import Bytes
import Config

extension UpstreamMethod {
  /// The directives that choose how a group shares requests.
  static let directives: [Directive] =
    [
      Directive(
        "ip_hash", "", count: 0...0, in: .upstream,
        "Sends the requests of one client to the same server, by the client's address."
      ) { (statement, level) throws(Diagnostic) in
        try choose(.addressHash, statement, level)
      }
    ] + directives(in: .upstream)

  /// Those that `http` and `stream` share.
  static func directives(in contexts: Contexts) -> [Directive] {
    [
      Directive(
        "least_conn", "", count: 0...0, in: contexts,
        "Sends a request to the server with the fewest requests under way for its weight."
      ) { (statement, level) throws(Diagnostic) in
        try choose(.leastConnections, statement, level)
      },
      Directive(
        "hash", "key [consistent]", count: 1...2, in: contexts,
        "Sends the requests with one key to the same server."
      ) { (statement, level) throws(Diagnostic) in
        let key = try level.template(statement.arguments[0], of: statement)
        if statement.arguments.count == 2 {
          try expect("consistent", statement.arguments[1], of: statement)
        }
        let isConsistent = statement.arguments.count == 2
        try choose(.hash(key, isConsistent: isConsistent), statement, level)
      },
      Directive(
        "random", "[two [method]]", count: 0...2, in: contexts,
        "Sends a request to a server chosen by chance, or to the less busy one of two."
      ) { (statement, level) throws(Diagnostic) in
        for (word, keyword) in zip(statement.arguments, ["two", "least_conn"] as [ByteString]) {
          try expect(keyword, word, of: statement)
        }
        try choose(statement.arguments.isEmpty ? .random : .randomTwo, statement, level)
      },
    ]
  }

  private static func expect(
    _ keyword: ByteString, _ word: Word, of statement: Statement
  ) throws(Diagnostic) {
    guard word.text == keyword else { throw .invalidParameter(word, of: statement) }
  }

  private static func choose(
    _ method: UpstreamMethod, _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard let draft = level.upstream else { throw .notAllowedHere(statement) }
    if draft.hasMethod {
      level.load.report(
        .custom("load balancing method redefined", at: statement, severity: .warning))
    }
    draft.hasMethod = true
    draft.method = method
  }
}
