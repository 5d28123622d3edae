extension Module {
  /// Passes requests to FastCGI servers such as php-fpm.
  static let fastCGI: Module = {
    var module = Module("ngx_http_fastcgi_module")
    module.directives = FastCGISettings.directives
    module.variables = Variable.ofFastCGI
    return module
  }()
}
