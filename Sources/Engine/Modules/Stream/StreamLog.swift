import Bytes
import Sockets

/// Writes a line for each finished session into the access logs of its server.
struct StreamLog: Sendable {
  private enum Output: Sendable {
    case target(LogTarget, LogBuffering?)
    case syslog(SyslogTarget)
  }

  private let logs: [(output: Output, format: LogFormat, condition: Template?)]

  /// nil where nothing is logged.
  init?(_ settings: LogSettings, _ load: Load) {
    guard !settings.isOff, let logs = settings.accessLogs else { return nil }
    self.logs = logs.compactMap { log in
      switch log.destination {
      case .file(let path):
        (.target(load.logTarget(path: path), load.logBuffering[path]), log.format, log.condition)
      case .syslog(let syslog): (.syslog(syslog), log.format, log.condition)
      case .template: nil
      }
    }
  }

  func record(_ session: StreamSession) {
    for (output, format, condition) in logs {
      if let value = condition?.value(for: session), value.isEmpty || value == "0" { continue }
      let line = session.loop.buffers.take(1024)
      format.append(for: session, to: line)
      line.append(ASCII.lineFeed)
      switch output {
      case .target(let target, let buffering):
        session.servingLoop.write(
          line, to: target, buffering, of: session.site, isAwaited: false)
      case .syslog(let syslog): syslog.write(line)
      }
      session.loop.buffers.give(line)
    }
  }
}
