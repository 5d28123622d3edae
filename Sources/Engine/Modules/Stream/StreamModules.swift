extension Module {
  /// `stream`, its servers and what every session needs.
  static let streamCore: Module = {
    var module = Module("ngx_stream_core_module")
    module.directives =
      StreamBlock.directives + CoreSettings.resolverDirectives(in: StreamBlock.levels)
      + StreamSettings.coreDirectives
    module.streamVariables = StreamVariable.ofSession
    return module
  }()

  /// Passing sessions on to servers.
  static let streamProxy: Module = {
    var module = Module("ngx_stream_proxy_module")
    module.directives = StreamSettings.proxyDirectives
    return module
  }()

  /// Groups of servers that share sessions.
  static let streamUpstream: Module = {
    var module = Module("ngx_stream_upstream_module")
    module.directives =
      StreamUpstreamBlock.directives + UpstreamMethod.directives(in: .upstreamInStream)
    module.streamVariables = StreamVariable.ofUpstream
    return module
  }()

  /// A line for each session.
  static let streamLog: Module = {
    var module = Module("ngx_stream_log_module")
    module.directives = [
      LogSettings.format(in: .stream),
      LogSettings.accessLog(in: StreamBlock.levels, "The file that gets a line for each session."),
    ]
    return module
  }()

  /// Sessions that are answered with a text.
  static let streamReturn: Module = {
    var module = Module("ngx_stream_return_module")
    module.directives = [StreamBlock.returning]
    return module
  }()

  /// Access by address.
  static let streamAccess: Module = {
    var module = Module("ngx_stream_access_module")
    module.directives = AccessSettings.directives(in: StreamBlock.levels)
    return module
  }()

  /// Takes the client's address from what trusted proxies say.
  static let streamRealIP: Module = {
    var module = Module("ngx_stream_realip_module")
    module.directives = [RealIPSettings.trusted(in: StreamBlock.levels)]
    module.streamVariables = StreamVariable.ofRealAddress
    return module
  }()
}
