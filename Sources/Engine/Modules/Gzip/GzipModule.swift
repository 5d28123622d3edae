extension Module {
  /// Compresses responses.
  static let gzip: Module = {
    var module = Module("ngx_http_gzip_module")
    module.directives = GzipSettings.directives
    module.variables = [
      Variable("gzip_ratio", "How many times smaller compression has made the response.") {
        $0.response.gzipRatio
      }
    ]
    module.headerFilter = { GzipFilter($0.gzip.value) }
    return module
  }()

  /// Sends files that have been compressed beforehand.
  static let gzipStatic: Module = {
    var module = Module("ngx_http_gzip_static_module")
    module.directives = [
      Directive(
        "gzip_static", .keyword, sets: .gzip.precompressed, in: CoreSettings.levels,
        "Whether a file with `.gz` at its name's end is sent in place of the file.")
    ]
    module.content = { $0.gzip.precompressed == .off ? nil : GzipStaticHandler() }
    return module
  }()

  /// Decompresses responses for clients that do not take compressed ones.
  static let gunzip: Module = {
    var module = Module("ngx_http_gunzip_module")
    module.directives = [
      Directive(
        "gunzip", .flag, sets: .gzip.isDecompressing, in: CoreSettings.levels,
        "Whether compressed responses are decompressed for clients that do not accept them."),
      Directive(
        withoutEffect: "gunzip_buffers", .buffers, in: CoreSettings.levels,
        "Decompressed bytes go to the client's output at once."),
    ]
    module.headerFilter = { $0.gzip.isDecompressing ? GunzipFilter() : nil }
    module.filtersSubrequests = true
    return module
  }()
}
