import Bytes
import Config
import Wire

extension Module {
  /// Lets a request of its own decide about access.
  static let authRequest: Module = {
    var module = Module("ngx_http_auth_request_module")
    module.directives = AuthRequestSettings.directives
    module.access = { AuthRequest($0.authRequest.value) }
    return module
  }()
}

/// The settings of `ngx_http_auth_request_module`.
package struct AuthRequestSettings: Sendable {
  /// A variable that gets a value when the decision is known.
  struct Assignment: Sendable {
    let variable: Int
    let value: Template
  }

  /// The path that is asked; nil asks nobody.
  var path: Template?
  var assignments: [Assignment] = []

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "auth_request", .pathOrOff, sets: .authRequest.path, in: CoreSettings.levels,
      "The path that is asked whether a request may pass: 2xx lets it in, 401 and 403 do not."
    ).with(defaultText: "off"),
    Directive(
      "auth_request_set", "$variable value", count: 2...2, in: CoreSettings.levels,
      "Gives a variable a value when the answer of `auth_request` is known."
    ) { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      guard word.text.hasPrefix("$"), word.text.count > 1 else {
        throw .custom("invalid variable name \"\(word.text)\"", at: statement, word: word)
      }
      let variable = try level.load.variables.define(
        word.text.dropFirst(1), at: statement, weakly: true)
      let value = try level.template(statement.arguments[1], of: statement)
      if level.namesUsed.insert("auth_request_set").inserted {
        level.settings.authRequest.assignments = []
      }
      level.settings.authRequest.assignments.append(Assignment(variable: variable, value: value))
    },
  ]
}

extension ArgumentType where Value == Template? {
  fileprivate static var pathOrOff: Self {
    Self("uri | off") { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      return word.text == "off" ? nil : try level.template(word, of: statement)
    }
  }
}

/// Asks a path of the configuration whether a request may pass.
struct AuthRequest: AccessRule {
  private let path: Template
  private let assignments: [AuthRequestSettings.Assignment]

  /// nil where nobody is asked.
  init?(_ settings: AuthRequestSettings) {
    guard let path = settings.path else { return nil }
    self.path = path
    assignments = settings.assignments
  }

  func decide(_ exchange: Exchange) async throws(Failure) -> AccessDecision {
    guard let (asked, _) = await exchange.subrequest(path.value(for: exchange)) else {
      throw .status(500)
    }
    defer { asked.endSubrequest() }
    for assignment in assignments {
      exchange.setVariable(assignment.variable, to: assignment.value.value(for: asked))
    }
    switch asked.response.status {
    case 200..<300: return .allowed
    case 403: return .denied(403)
    case 401:
      for challenge in asked.response.fields.values(of: .wwwAuthenticate) {
        exchange.response.fields.append("WWW-Authenticate", challenge)
      }
      return .denied(401)
    case let status:
      exchange.logError(.error, "auth request unexpected status: \(status)")
      throw .status(500)
    }
  }
}
