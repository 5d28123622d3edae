import Bytes
import Sockets

/// Writes a line for each finished session into the access logs of its server.
struct StreamLog: Sendable {
  private let logs: [OpenedAccessLog]

  /// nil where nothing is logged.
  init?(_ settings: LogSettings, _ load: Load) {
    guard !settings.isOff, let logs = settings.accessLogs else { return nil }
    self.logs = logs.map { OpenedAccessLog($0, load) }
  }

  func record(_ session: StreamSession) {
    for log in logs {
      guard let line = log.line(for: session, from: session.loop.buffers) else { continue }
      switch log.output {
      case .target(let target, let buffering):
        session.servingLoop.write(
          line, to: target, buffering, of: session.site, isAwaited: false)
      case .syslog(let syslog): syslog.write(line)
      // Files with variables in their names are refused when the configuration is read.
      case .template: break
      }
      session.loop.buffers.give(line)
    }
  }
}
