extension Module {
  /// Variables whose values depend on those of others.
  static let map: Module = {
    var module = Module("ngx_http_map_module")
    module.directives = MapBlock.directives
    return module
  }()
}
