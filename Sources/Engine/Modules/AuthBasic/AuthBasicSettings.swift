import Bytes
import Config

/// The settings of `ngx_http_auth_basic_module`.
package struct AuthBasicSettings: Sendable {
  /// What the client shows to the user; nil, or a value of `off`, lets everybody in.
  var realm: Template?

  /// The path of the file of user names and passwords; nil lets everybody in.
  var userFile: Template?

  /// What a path with variables is completed with where it turns out to be relative.
  var folder = ByteString()

  package init() {}
}

extension AuthBasicSettings {
  private static let contexts: Contexts = [.http, .server, .location, .limitExcept]

  static let directives: [Directive] = [
    Directive(
      "auth_basic", .template("string | off"), sets: .authBasic.realm, in: contexts,
      "Asks for a user name and a password; the text tells users which."),
    Directive(
      "auth_basic_user_file", "file", count: 1...1, in: contexts,
      "The file with the names of users and their passwords."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("auth_basic_user_file", by: statement)
      let word = statement.arguments[0]
      let path = word.text.hasPrefix("$") ? word.text : level.pathBesideConfiguration(word.text)
      level.settings.authBasic.userFile = try Template.compile(
        path, at: word, of: statement, variables: level.load.variables)
      level.settings.authBasic.folder = ByteString(level.load.options.configurationFolder)
    },
  ]
}
