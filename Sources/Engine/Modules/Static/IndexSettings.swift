import Bytes
import Config

/// The settings of `ngx_http_index_module`.
package struct IndexSettings: Sendable {
  /// The files that are looked for in a folder, in order.
  var names = [Template(constant: "index.html")]

  package init() {}
}

extension IndexSettings {
  static let directives: [Directive] = [
    Directive(
      "index", "file ...", count: 1...Int.max, in: [.http, .server, .location],
      "The files that answer for a folder; the first that exists is taken.", apply: read)
  ]

  @Sendable private static func read(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    if level.namesUsed.insert("index").inserted { level.settings.index.names = [] }
    for (position, word) in statement.arguments.enumerated() {
      if word.text.hasPrefix("/"), position < statement.arguments.count - 1 {
        level.load.report(
          .custom(
            "only the last index in \"index\" directive should be absolute", at: statement,
            word: word, severity: .warning))
      }
      guard !word.text.isEmpty else {
        throw .custom(
          "index \"\" in \"index\" directive is invalid", at: statement, word: word)
      }
      level.settings.index.names.append(try level.template(word, of: statement))
    }
  }
}
