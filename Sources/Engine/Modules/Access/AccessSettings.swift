import Bytes
import Config

/// The settings of `ngx_http_access_module`.
package struct AccessSettings: Sendable {
  /// In file order; the first that matches decides.
  var rules: [AddressRule] = []

  package init() {}
}

/// One `allow` or `deny`.
struct AddressRule: Sendable, Equatable {
  enum Subject: Sendable, Equatable {
    case all
    /// Every client of a Unix socket.
    case unix
    case network(CIDR)
  }

  let subject: Subject
  let isDenied: Bool
}

extension AccessSettings {
  private static let syntax = "address | CIDR | unix: | all"

  static let directives = directives(in: [.http, .server, .location, .limitExcept])

  /// The rows for other contexts, such as those of `stream`.
  static func directives(in contexts: Contexts) -> [Directive] {
    [
      Directive(
        "allow", syntax, count: 1...1, in: contexts, "Lets clients with such an address in."
      ) { (statement, level) throws(Diagnostic) in
        try append(statement, level, isDenied: false)
      },
      Directive(
        "deny", syntax, count: 1...1, in: contexts, "Keeps clients with such an address out."
      ) { (statement, level) throws(Diagnostic) in
        try append(statement, level, isDenied: true)
      },
    ]
  }

  private static func append(
    _ statement: Statement, _ level: Level, isDenied: Bool
  ) throws(Diagnostic) {
    let subject = try subject(statement, level)
    if level.namesUsed.insert("allow and deny").inserted { level.settings.access.rules = [] }
    level.settings.access.rules.append(AddressRule(subject: subject, isDenied: isDenied))
  }

  private static func subject(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) -> AddressRule.Subject {
    let word = statement.arguments[0]
    if word.text == "all" { return .all }
    if word.text == "unix:" { return .unix }
    guard let network = CIDR(word.text) else {
      throw .invalidParameter(word, of: statement)
    }
    if network.hasMeaninglessBits {
      level.load.report(
        .custom(
          "low address bits of \(word.text) are meaningless", at: statement, word: word,
          severity: .warning))
    }
    return .network(network)
  }
}
