import Bytes

extension Module {
  /// Access logs, and where errors are written.
  static let log: Module = {
    var module = Module("ngx_http_log_module")
    module.directives = LogSettings.directives
    module.log = { settings, load in load.accessLog(of: settings.log) }
    return module
  }()
}

extension Load {
  /// What writes the lines of blocks that log alike; nil where nothing does.
  ///
  /// Its files are among ``logFiles`` then.
  @discardableResult
  func accessLog(of settings: Inherited<LogSettings>) -> AccessLogStep? {
    shared.value(of: settings.keeper) { SharedAccessLog(settings.value, self) }.step
  }
}

/// What writes the lines of blocks that share the settings of their logs.
private final class SharedAccessLog: Sendable {
  let step: AccessLogStep?

  init(_ settings: LogSettings, _ load: Load) {
    if settings.isOff {
      step = nil
    } else if let logs = settings.accessLogs {
      step = AccessLogStep(logs, load)
    } else {
      let path = ByteString(load.options.prefix) + "logs/access.log"
      step = AccessLogStep(
        [AccessLog(destination: .file(path), format: load.combinedLogFormat)], load)
    }
  }
}
