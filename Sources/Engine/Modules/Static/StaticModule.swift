extension Module {
  /// Answers with files.
  static let staticFiles: Module = {
    var module = Module("ngx_http_static_module")
    module.content = { _ in StaticFileHandler() }
    return module
  }()

  /// Answers for a folder with a file in it.
  static let index: Module = {
    var module = Module("ngx_http_index_module")
    module.directives = IndexSettings.directives
    module.content = { IndexHandler(names: $0.index.names) }
    return module
  }()

  /// Looks for files before a request is handled.
  static let tryFiles: Module = {
    var module = Module("ngx_http_try_files_module")
    module.directives = TryFiles.directives
    return module
  }()

  /// Answers that the client's copy is still good.
  static let notModified: Module = {
    var module = Module("ngx_http_not_modified_filter_module")
    module.headerFilter = { NotModifiedFilter(rule: $0.core.ifModifiedSince) }
    return module
  }()

  /// Sends parts of a response.
  static let range: Module = {
    var module = Module("ngx_http_range_filter_module")
    module.headerFilter = {
      $0.core.maximumRanges == 0 ? nil : RangeFilter(maximumRanges: $0.core.maximumRanges)
    }
    return module
  }()
}
