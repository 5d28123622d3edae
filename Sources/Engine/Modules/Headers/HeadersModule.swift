extension Module {
  /// Fields that a configuration adds to responses.
  static let headers: Module = {
    var module = Module("ngx_http_headers_module")
    module.directives = HeadersSettings.directives
    module.headerFilter = { HeadersFilter($0.headers.value) }
    return module
  }()
}
