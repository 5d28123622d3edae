import Bytes
import Config

/// The settings of `ngx_http_charset_module`.
package struct CharsetSettings: Sendable {
  /// The character set that responses are sent in; nil leaves them as they are.
  var charset: Template?

  /// The character set that responses have; nil where it is not known.
  var source: Template?

  /// Whether a character set that an upstream server names is replaced.
  var overrides = false
  var types = CharsetSettings.initialTypes
  var maps = CharsetMaps()

  package init() {}

  static let initialTypes = MediaTypeList([
    "text/html", "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript",
    "application/rss+xml",
  ])
}

extension CharsetSettings {
  private static let levels = CoreSettings.levels.union(.ifInLocation)

  static let directives: [Directive] = [
    Directive(
      "charset", .charset, sets: .charset.charset, in: levels,
      "The character set that `Content-Type` names, and that the body is converted to."
    ).with(defaultText: "off"),
    Directive(
      "source_charset", .charset, sets: .charset.source, in: levels,
      "The character set that responses have."),
    Directive(
      "override_charset", .flag, sets: .charset.overrides, in: levels,
      "Whether `charset` goes before the character set that an upstream server names."),
    Directive(
      mediaTypes: "charset_types", initial: initialTypes, sets: .charset.types,
      "The media types whose character set is named; `*` is all."),
    Directive(
      table: "charset_map", "charset1 charset2", count: 2...2, in: .http,
      "A table of bytes in one character set and in the other.", apply: readMap),
  ]

  @Sendable private static func readMap(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    let names = statement.arguments.map { $0.text.lowercased }
    guard names[0] != names[1] else {
      throw .custom(
        "\"charset_map\" between the same charsets \"\(names[0])\" and \"\(names[1])\"",
        at: statement)
    }
    guard level.settings.charset.maps.map(from: names[0], to: names[1]) == nil else {
      throw .custom(
        "duplicate \"charset_map\" between \"\(names[0])\" and \"\(names[1])\"", at: statement)
    }
    var builder = CharsetMapBuilder(isToUTF8: names[1] == "utf-8")
    for entry in statement.block ?? [] {
      guard entry.arguments.count == 1, entry.block == nil else {
        throw .custom("invalid parameters number", at: entry)
      }
      try builder.add(entry)
    }
    level.settings.charset.maps.add(builder, from: names[0], to: names[1])
  }
}

extension ArgumentType where Value == Template? {
  /// The name of a character set, perhaps with variables, or `off`.
  fileprivate static var charset: Self {
    Self("charset | off") { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      return word.text == "off" ? nil : try level.template(word, of: statement)
    }
  }
}
