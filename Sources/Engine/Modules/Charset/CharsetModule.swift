import Bytes

extension Module {
  /// Names the character set of responses, and converts between those of one byte and UTF-8.
  static let charset: Module = {
    var module = Module("ngx_http_charset_module")
    module.directives = CharsetSettings.directives
    module.headerFilter = { CharsetFilter($0.charset.value) }
    return module
  }()
}
