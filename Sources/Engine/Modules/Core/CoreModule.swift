extension Module {
  /// nginx's core: the program, `http`, `server`, `location` and what every request needs.
  static let core: Module = {
    var module = Module("ngx_http_core_module")
    module.directives =
      MainSettings.directives + ServerBlock.directives + LocationBlock.directives
      + CoreSettings.directives
    module.variables = Variable.ofCore
    module.log = { DebugLines($0.core.errorLogs, $1) }
    return module
  }()
}
