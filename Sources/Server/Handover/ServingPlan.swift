import Bytes
import Engine
import Sockets

/// What a supervisor needs to know of a configuration: nothing about requests.
struct ServingPlan: Equatable, Sendable {
  /// An address to listen on.
  struct Place: Equatable, Sendable {
    let address: SocketAddress
    let options: ListeningSocket.Options
  }

  /// A log that the program itself speaks to; no path is standard error.
  struct Log: Equatable, Sendable {
    let path: String?
    let level: LogLevel

    /// The syslog server that lines go to instead.
    var syslog: SyslogSettings?
  }

  var isDaemon = true
  var hasSupervisor = true
  var pidFile = ""

  /// Whose rights the worker takes; nil where it keeps those it has.
  var account: Account?

  var loopCount = 1
  var places: [Place] = []

  /// The full paths of the files that logs are written to.
  var logFiles: [String] = []
  var errorLogs: [Log] = []

  /// Whether any log is standard error, which then stays what it is.
  var usesStandardError = false

  /// Folders that are made where they are missing.
  var temporaryFolders: [String] = []

  /// What a process that runs cannot change about itself; where this differs, a reload needs a
  /// new one.
  var processFacts: [ByteString] = []

  init() {}

  /// - Parameter account: See ``account``.
  init(of outline: SiteOutline, account: Account?) {
    let main = outline.main
    isDaemon = main.isDaemon
    hasSupervisor = main.hasSupervisor
    pidFile = main.pidFile.string
    self.account = account
    loopCount = main.loopCount
    // A wildcard address takes the connections of the others with its port; the kernel would not
    // bind both.
    let endpoints = outline.endpoints
    let wildcards = endpoints.map(\.address).filter(\.isWildcard)
    places =
      endpoints
      .filter { point in !wildcards.contains { $0.isWildcard(for: point.address) } }
      .map { Place(address: $0.address, options: $0.options.ofSocket) }
    logFiles = outline.logFiles.compactMap(\.path)
    errorLogs = outline.errorLogs.map {
      Log(path: $0.target.path, level: $0.level, syslog: $0.syslog?.settings)
    }
    usesStandardError = outline.logFiles.contains { $0.path == nil }
    let caches = outline.cachePaths.map(\.string).sorted()
    temporaryFolders = [outline.settings.core.clientBodyTempPath.string] + caches
    processFacts = ServingPlan.facts(of: main, account)
  }

  private static func facts(of main: MainSettings, _ account: Account?) -> [ByteString] {
    let numbers = [
      main.loopCount, main.priority, main.maximumOpenFiles ?? -1, main.maximumCoreSize ?? -1,
      account.map { Int($0.user) } ?? -1, account.map { Int($0.group) } ?? -1,
    ]
    var facts = numbers.map { ByteString(decimal: $0) }
    facts += [account?.name ?? "", main.workingDirectory ?? ""]
    for (name, value) in main.environment { facts += [name, value ?? ""] }
    return facts
  }
}

// MARK: - On the wire

extension ServingPlan {
  func encode(to writer: inout MessageWriter) {
    writer.write(isDaemon)
    writer.write(hasSupervisor)
    writer.write(pidFile)
    writer.write(account) { $1.encode(to: &$0) }
    writer.write(loopCount)
    writer.write(places) { writer, place in
      writer.write(place.address)
      place.options.encode(to: &writer)
    }
    writer.write(logFiles) { $0.write($1) }
    writer.write(errorLogs) { writer, log in
      writer.write(log.path) { $0.write($1) }
      writer.write(log.level.rawValue)
      writer.write(log.syslog) { $1.encode(to: &$0) }
    }
    writer.write(usesStandardError)
    writer.write(temporaryFolders) { $0.write($1) }
    writer.write(processFacts) { $0.write($1) }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    isDaemon = try reader.flag()
    hasSupervisor = try reader.flag()
    pidFile = try reader.string()
    account = try reader.optional { (reader) throws(ProtocolError) in try Account(&reader) }
    loopCount = try reader.number(in: 1...65_536)
    places = try reader.list { (reader) throws(ProtocolError) in
      Place(address: try reader.address(), options: try ListeningSocket.Options(&reader))
    }
    logFiles = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
    errorLogs = try reader.list { (reader) throws(ProtocolError) in
      let path = try reader.optional { (reader) throws(ProtocolError) in try reader.string() }
      guard let level = LogLevel(rawValue: try reader.number()) else {
        throw ProtocolError("an unknown level of logs")
      }
      let syslog = try reader.optional { (reader) throws(ProtocolError) in
        try SyslogSettings(&reader)
      }
      return Log(path: path, level: level, syslog: syslog)
    }
    usesStandardError = try reader.flag()
    temporaryFolders = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
    processFacts = try reader.list { (reader) throws(ProtocolError) in try reader.text() }
  }
}

extension Account {
  func encode(to writer: inout MessageWriter) {
    writer.write(name)
    writer.write(Int(user))
    writer.write(Int(group))
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    self.init(
      name: try reader.text(), user: UInt32(try reader.number(in: 0...Int(UInt32.max))),
      group: UInt32(try reader.number(in: 0...Int(UInt32.max))))
  }
}

extension SyslogSettings {
  func encode(to writer: inout MessageWriter) {
    writer.write(server)
    writer.write(facility)
    writer.write(severity)
    writer.write(tag)
    writer.write(namesHost)
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    self.init(
      server: try reader.address(), facility: try reader.number(in: 0...23),
      severity: try reader.number(in: 0...7), tag: try reader.text(), namesHost: try reader.flag())
  }
}

extension ListeningSocket.Options {
  func encode(to writer: inout MessageWriter) {
    writer.write(Int(backlog))
    writer.write(sharesPort)
    writer.write(isIPv6Only)
    writer.write(receiveBuffer)
    writer.write(sendBuffer)
    writer.write(keepsAlive) { $0.write($1) }
    writer.write(keepAliveIdle)
    writer.write(keepAliveInterval)
    writer.write(keepAliveCount)
    writer.write(fastOpenQueue)
    writer.write(defersAccept)
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    self.init()
    backlog = CInt(try reader.number(in: Int(CInt.min)...Int(CInt.max)))
    sharesPort = try reader.flag()
    isIPv6Only = try reader.flag()
    receiveBuffer = try reader.optionalNumber()
    sendBuffer = try reader.optionalNumber()
    keepsAlive = try reader.optional { (reader) throws(ProtocolError) in try reader.flag() }
    keepAliveIdle = try reader.optionalNumber()
    keepAliveInterval = try reader.optionalNumber()
    keepAliveCount = try reader.optionalNumber()
    fastOpenQueue = try reader.optionalNumber()
    defersAccept = try reader.flag()
  }
}

extension ListenOptions {
  /// What of the parameters of `listen` concerns the socket.
  var ofSocket: ListeningSocket.Options {
    var options = ListeningSocket.Options()
    options.backlog = CInt(clamping: backlog)
    options.isIPv6Only = isIPv6Only
    options.receiveBuffer = receiveBufferSize
    options.sendBuffer = sendBufferSize
    options.keepsAlive = keepsAlive
    options.keepAliveIdle = keepAliveIdle
    options.keepAliveInterval = keepAliveInterval
    options.keepAliveCount = keepAliveCount
    options.fastOpenQueue = fastOpenQueue
    options.defersAccept = isDeferred
    return options
  }
}
