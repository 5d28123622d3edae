extension Module {
  /// Changes the path of requests, answers at once, and chooses settings by conditions.
  static let rewrite: Module = {
    var module = Module("ngx_http_rewrite_module")
    module.directives = RewriteSettings.directives + IfBlock.directives
    return module
  }()
}
