import Bytes
import Config

/// The settings of `ngx_http_rewrite_module`; initial values are the directives' defaults.
package struct RewriteSettings: Sendable {
  var isLogging = false
  var warnsOfUninitialized = true

  package init() {}
}

extension Contexts {
  /// Where the steps of the rewrite phase may stand.
  fileprivate static let ofSteps: Contexts = [.server, .location, .ifInServer, .ifInLocation]
}

extension RewriteSettings {
  static let directives: [Directive] = [
    Directive(
      "rewrite", "regex replacement [last | break | redirect | permanent]", count: 2...3,
      in: .ofSteps,
      "Changes the path where it matches a regular expression, or redirects the client."
    ) { (statement, level) throws(Diagnostic) in
      level.location?.appendStep(try PathRewrite(statement, level), at: statement)
    },
    Directive(
      "return", "code [text] | code URL | URL", count: 1...2, in: .ofSteps,
      "Answers with a status, and with a text or to another URI."
    ) { (statement, level) throws(Diagnostic) in
      level.location?.appendStep(try Return(statement, level), at: statement)
    },
    Directive(
      "set", "$variable value", count: 2...2, in: .ofSteps,
      "Gives a variable a value."
    ) { (statement, level) throws(Diagnostic) in
      level.location?.appendStep(try VariableAssignment(statement, level), at: statement)
    },
    Directive(
      "break", "", count: 0...0, in: .ofSteps,
      "Ends the rewriting of the request in this block."
    ) { statement, level in
      level.location?.appendStep(Break(), at: statement)
    },
    Directive(
      "rewrite_log", .flag, sets: .rewrite.isLogging,
      in: [.http, .server, .location, .ifInServer, .ifInLocation],
      "Whether the error log tells what rewriting does, as notices."),
    Directive(
      "uninitialized_variable_warn", .flag, sets: .rewrite.warnsOfUninitialized,
      in: [.http, .server, .location, .ifInServer, .ifInLocation],
      "Whether the error log tells of variables that are used before they have a value."),
  ]
}

extension Exchange {
  /// Writes a line about rewriting where `rewrite_log` wants it.
  func logRewriting(_ message: @autoclosure () -> String) {
    if settings.rewrite.isLogging { logError(.notice, message()) }
  }
}

/// `break`.
private struct Break: RewriteStep {
  func run(_ exchange: Exchange) -> RewriteOutcome {
    if exchange.isPathChanged {
      exchange.isPathOfLocation = false
      exchange.isPathChanged = false
    }
    return .stop
  }
}
