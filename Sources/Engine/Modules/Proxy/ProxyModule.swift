extension Module {
  /// Passes requests to other HTTP servers.
  static let proxy: Module = {
    var module = Module("ngx_http_proxy_module")
    module.directives = ProxySettings.directives
    module.variables = Variable.ofProxy
    return module
  }()
}
