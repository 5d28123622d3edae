extension Module {
  /// Variables whose values depend on the client's address.
  static let geo: Module = {
    var module = Module("ngx_http_geo_module")
    module.directives = [GeoBlock.directive]
    return module
  }()
}
