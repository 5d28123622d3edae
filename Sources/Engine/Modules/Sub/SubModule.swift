import Bytes
import Config

extension Module {
  /// Replaces texts in responses.
  static let sub: Module = {
    var module = Module("ngx_http_sub_module")
    module.directives = SubSettings.directives
    module.headerFilter = { SubFilter($0.sub.value) }
    return module
  }()
}

/// The settings of `ngx_http_sub_module`.
package struct SubSettings: Sendable {
  /// A text and what stands in its place.
  struct Pair: Sendable {
    let text: Template
    let replacement: Template
  }

  var pairs: [Pair] = []
  var types = MediaTypeList()

  /// Whether each text is replaced at its first place alone.
  var isOnce = true

  /// Whether `Last-Modified` and the entity tag are kept.
  var keepsLastModified = false

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "sub_filter", "string replacement", count: 2...2, in: CoreSettings.levels,
      "A text of the response, in any case of letters, and what stands in its place."
    ) { (statement, level) throws(Diagnostic) in
      let text = try level.template(statement.arguments[0], of: statement)
      guard !text.isAlwaysEmpty else {
        throw .custom("empty search pattern", at: statement, word: statement.arguments[0])
      }
      let replacement = try level.template(statement.arguments[1], of: statement)
      if level.namesUsed.insert("sub_filter").inserted { level.settings.sub.pairs = [] }
      level.settings.sub.pairs.append(Pair(text: text, replacement: replacement))
    },
    Directive(
      mediaTypes: "sub_filter_types", sets: .sub.types,
      "The media types in which texts are replaced, beside `text/html`; `*` is all."),
    Directive(
      "sub_filter_once", .flag, sets: .sub.isOnce, in: CoreSettings.levels,
      "Whether each text is replaced at its first place alone."),
    Directive(
      "sub_filter_last_modified", .flag, sets: .sub.keepsLastModified, in: CoreSettings.levels,
      "Whether the time of the original is kept."),
  ]
}
