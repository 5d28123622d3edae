import Bytes

extension Module {
  /// Access logs, and where errors are written.
  static let log: Module = {
    var module = Module("ngx_http_log_module")
    module.directives = LogSettings.directives
    module.log = { settings, load in
      if settings.log.isOff { return nil }
      if let logs = settings.log.accessLogs { return AccessLogStep(logs, load) }
      let path = ByteString(load.options.prefix) + "logs/access.log"
      return AccessLogStep(
        [AccessLog(destination: .file(path), format: load.combinedLogFormat)], load)
    }
    return module
  }()
}
