import Bytes
import CLinux
import Sockets

/// One `access_log` directive.
struct AccessLog: Sendable {
  enum Destination: Sendable {
    /// The full path.
    case file(ByteString)
    /// A path with variables.
    case template(Template)
    case syslog(SyslogTarget)
  }

  let destination: Destination
  let format: LogFormat

  /// Lines are written where this is neither empty nor `0`; nil writes all.
  var condition: Template?
}

/// One `access_log` as requests and sessions write to it.
struct OpenedAccessLog: Sendable {
  enum Output: Sendable {
    case target(LogTarget, LogBuffering?)
    case template(Template)
    case syslog(SyslogTarget)
  }

  let output: Output
  private let format: LogFormat
  private let condition: Template?

  init(_ log: AccessLog, _ load: Load) {
    output =
      switch log.destination {
      case .file(let path): .target(load.logTarget(path: path), load.logBuffering[path])
      case .template(let template): .template(template)
      case .syslog(let syslog): .syslog(syslog)
      }
    format = log.format
    condition = log.condition
  }

  /// The line of a request or a session, in a buffer of the pool; nil where none is wanted.
  func line(for source: some VariableSource, from buffers: BufferPool) -> ByteBuffer? {
    if let condition {
      let value = condition.value(for: source)
      if value.isEmpty || value == "0" { return nil }
    }
    let line = buffers.take(1024)
    format.append(for: source, to: line)
    line.append(ASCII.lineFeed)
    return line
  }
}

/// Writes a line for each finished request into the access logs of a location.
struct AccessLogStep: LogStep {
  private let logs: [OpenedAccessLog]

  init(_ logs: [AccessLog], _ load: Load) {
    self.logs = logs.map { OpenedAccessLog($0, load) }
  }

  func record(_ exchange: Exchange) {
    for log in logs {
      guard let line = log.line(for: exchange, from: exchange.loop.buffers) else { continue }
      switch log.output {
      case .target(let target, let buffering):
        let connection = exchange.connection
        connection.servingLoop.write(
          line, to: target, buffering, of: exchange.site,
          isAwaited: exchange.isPersistent && connection.stream.hasPostponedSend)
      case .template(let path): write(line, toFileAt: path, exchange)
      case .syslog(let syslog): syslog.write(line)
      }
      exchange.loop.buffers.give(line)
    }
  }

  /// Opens the file for this line alone, so that it can be renamed at any time, unless files with
  /// variables in their names stay open.
  private func write(_ line: ByteBuffer, toFileAt template: Template, _ exchange: Exchange) {
    guard hasRoot(exchange) else { return }
    let limits = exchange.settings.log.fileCache
    let path = template.value(for: exchange)
    do throws(SystemError) {
      let file =
        if limits.maximum > 0 {
          try exchange.connection.servingLoop.logFileCache(limits)
            .file(at: path, now: exchange.loop.now)
        } else {
          try OpenLogFile(path)
        }
      try file.write(line)
    } catch {
      let level: LogLevel = error.call == "open" ? .crit : .alert
      exchange.logError(level, "\(error.call)() \"\(path)\" failed \(error.reason)")
    }
  }

  /// nginx makes no files for host names that nobody serves: the root must be there.
  private func hasRoot(_ exchange: Exchange) -> Bool {
    guard let root = try? RequestedFile.folder(for: exchange) else { return false }
    var information = stat()
    guard stat(root.string, &information) == 0 else {
      let error = SystemError(call: "stat", code: linux_errno())
      exchange.logError(.error, "testing \"\(root)\" existence failed \(error.reason)")
      return false
    }
    return information.st_mode & 0o170000 == 0o040000
  }
}

extension ServingLoop {
  /// Writes a line to a log, at once or with others.
  ///
  /// - Parameters:
  ///   - site: The one whose configuration names the log.
  ///   - isAwaited: Whether what the line tells of is still to be seen by the client, at the end of
  ///     the loop's batch of events.
  func write(
    _ line: ByteBuffer, to target: LogTarget, _ buffering: LogBuffering?, of site: Site,
    isAwaited: Bool
  ) {
    // After a reload nobody flushes the lines of the old site.
    if let buffering, site === self.site {
      logLines.append(line, to: target, buffering, on: eventLoop)
    } else {
      logLines.append(line, to: target, on: eventLoop)
      // A client that has its answer, or sees the connection close, finds the line.
      if !isAwaited { logLines.flushBatch() }
    }
  }
}
