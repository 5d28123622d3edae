extension Module {
  /// Groups of servers: how they share requests and keep connections.
  static let upstream: Module = {
    var module = Module("ngx_http_upstream_module")
    module.directives =
      UpstreamBlock.directives + UpstreamMethod.directives + KeepaliveSettings.directives
      + [StickySessions.directive]
    module.variables = Variable.ofUpstream
    return module
  }()
}
