extension Module {
  /// Access by user name and password.
  static let authBasic: Module = {
    var module = Module("ngx_http_auth_basic_module")
    module.directives = AuthBasicSettings.directives
    module.access = { BasicAuthentication($0.authBasic.value) }
    return module
  }()
}
