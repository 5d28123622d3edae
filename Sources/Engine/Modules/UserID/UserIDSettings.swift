import Bytes
import Config

/// The settings of `ngx_http_userid_module`.
package struct UserIDSettings: Sendable {
  /// What is done with cookies.
  enum Mode: String, Keyword {
    case off, log, v1, on
  }

  var mode = Mode.off
  var name: ByteString = "uid"
  var domain = ByteString()
  var path: ByteString = "/"
  var lifetime = CookieLifetime.session
  var policy = ByteString()
  var flags = ByteString()

  /// The first word of identifiers, which tells servers apart; nil takes the server's address.
  var service: UInt32?

  /// The number of `$uid_reset`, where cookies are given.
  var resetVariable: Int?

  /// The byte in place of the padding, which shows that a cookie is of this configuration.
  var mark: UInt8?

  package init() {}
}

extension UserIDSettings {
  private static let levels = CoreSettings.levels

  static let directives: [Directive] = [
    Directive(
      "userid", .keyword, sets: .userID.mode, in: levels,
      "Whether clients are given cookies (`on`, `v1`), or those they have are logged."
    ).then { level in
      level.settings.userID.resetVariable = level.load.variables.number(
        of: "uid_reset", mentionedAt: nil)
    },
    Directive(
      "userid_name", .text("name"), sets: .userID.name, in: levels, "The name of the cookie."),
    Directive(
      "userid_domain", .textOrNone("name | none"), sets: .userID.domain, in: levels,
      "The domain of the cookie."),
    Directive(
      "userid_path", .text("path"), sets: .userID.path, in: levels, "The path of the cookie."),
    Directive(
      "userid_p3p", .textOrNone("string | none"), sets: .userID.policy, in: levels,
      "The value of `P3P` beside the cookie."),
    Directive(
      "userid_service", .service, sets: .userID.service, in: levels,
      "The number that tells the identifiers of several servers apart."),
    Directive(
      "userid_expires", .lifetime, sets: .userID.lifetime, in: levels,
      "How long browsers keep the cookie."),
    Directive(
      "userid_mark", .mark, sets: .userID.mark, in: levels,
      "A letter or digit in the cookie; one without it is given anew."),
    Directive(
      "userid_flags", .cookieFlags, sets: .userID.flags, in: levels,
      "Attributes of the cookie."),
  ]
}

extension ArgumentType where Value == ByteString {
  /// A word, of which `none` is empty.
  fileprivate static func textOrNone(_ syntax: String) -> Self {
    Self(syntax) { statement, _ in
      statement.arguments[0].text == "none" ? "" : statement.arguments[0].text
    }
  }

  fileprivate static var cookieFlags: Self {
    Self("off | flag ...", count: 1...Int.max) { (statement, _) throws(Diagnostic) in
      if statement.arguments.map(\.text) == ["off"] { return "" }
      let known: [ByteString] = [
        "secure", "httponly", "samesite=strict", "samesite=lax", "samesite=none",
      ]
      for word in statement.arguments where !known.contains(word.text.lowercased) {
        throw .invalidParameter(word, of: statement)
      }
      let given = statement.arguments.map(\.text.lowercased)
      return known.filter(given.contains).reduce(into: ByteString()) { $0.append("; " + $1) }
    }
  }
}

extension ArgumentType where Value == UInt32 {
  fileprivate static var service: Self {
    Self("number") { (statement, _) throws(Diagnostic) in
      guard let number = statement.arguments[0].text.decimalNumber,
        let service = UInt32(exactly: number)
      else { throw .invalidNumber(of: statement) }
      return service
    }
  }
}

extension ArgumentType where Value == UInt8? {
  fileprivate static var mark: Self {
    Self("letter | digit | = | off") { (statement, _) throws(Diagnostic) in
      let text = statement.arguments[0].text
      if text == "off" { return nil }
      guard text.count == 1, ASCII.isAlphanumeric(text[0]) || text[0] == UInt8(ascii: "=") else {
        throw .custom(
          "value must be \"off\" or a single letter, digit or \"=\"", at: statement,
          word: statement.arguments[0])
      }
      return text[0]
    }
  }
}

extension ArgumentType where Value == CookieLifetime {
  fileprivate static var lifetime: Self {
    Self("time | max | off") { (statement, _) throws(Diagnostic) in
      let text = statement.arguments[0].text
      if text == "max" { return .longest }
      if text == "off" { return .session }
      guard let seconds = Units.seconds(text) else { throw .invalidValue(of: statement) }
      return .seconds(seconds)
    }
  }
}
