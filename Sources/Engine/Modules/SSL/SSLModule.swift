extension Module {
  /// TLS on the client side.
  static let ssl: Module = {
    var module = Module("ngx_http_ssl_module")
    module.directives = SSLSettings.directives
    module.variables = Variable.ofSSL
    return module
  }()
}
