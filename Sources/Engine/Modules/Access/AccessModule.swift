extension Module {
  /// Access by address.
  static let access: Module = {
    var module = Module("ngx_http_access_module")
    module.directives = AccessSettings.directives
    module.access = { AddressAccess($0.access.rules) }
    return module
  }()
}
