import Bytes
import Config

extension Module {
  /// Answers for a folder with a list of its files.
  static let autoindex: Module = {
    var module = Module("ngx_http_autoindex_module")
    module.directives = AutoindexSettings.directives
    module.content = { $0.autoindex.isOn ? AutoindexHandler(settings: $0.autoindex.value) : nil }
    return module
  }()
}

/// The settings of `ngx_http_autoindex_module`.
package struct AutoindexSettings: Sendable {
  /// The form of a list.
  enum Format: String, Keyword {
    case html, xml, json, jsonp
  }

  var isOn = false
  var format = Format.html

  /// Whether times are local, instead of UTC.
  var isLocalTime = false

  /// Whether sizes are exact, instead of in kilobytes and more.
  var hasExactSizes = true

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "autoindex", .flag, sets: .autoindex.isOn, in: CoreSettings.levels,
      "Whether a folder without an index is answered for with a list of its files."),
    Directive(
      "autoindex_format", .keyword, sets: .autoindex.format, in: CoreSettings.levels,
      "The form of the list."),
    Directive(
      "autoindex_localtime", .flag, sets: .autoindex.isLocalTime, in: CoreSettings.levels,
      "Whether the list of HTML tells local times instead of UTC."),
    Directive(
      "autoindex_exact_size", .flag, sets: .autoindex.hasExactSizes, in: CoreSettings.levels,
      "Whether the list of HTML tells sizes in bytes, instead of rounded ones."),
  ]
}
