package import Bytes
import CLinux
import Config

/// The settings of the program as a whole: nginx's "Core functionality".
package struct MainSettings: Sendable {
  package var user: ByteString?

  /// The numbers of the user and the group of `user`; nil where the directive has no effect.
  package var account: Account?

  /// The number of loops; nil for one on each processor.
  package var workerProcesses: Int? = 1

  /// Whether a process of its own supervises the one that serves.
  package var hasSupervisor = true
  package var maximumOpenFiles: Int?
  package var pidFile: ByteString = "logs/nginx.pid"
  package var isDaemon = true

  /// The most connections of each loop.
  package var workerConnections = 512

  /// nil lets what still runs take as long as it does.
  package var shutdownTimeout: TimeSpan?

  /// The nice value of the worker process.
  package var priority = 0

  /// In bytes; nil leaves the limit of core files alone.
  package var maximumCoreSize: Int?
  package var workingDirectory: ByteString?

  /// The variables of `env`; those without a value are inherited.
  package var environment: [(name: ByteString, value: ByteString?)] = []

  package init() {}

  /// The number of loops, each on a thread of its own.
  package var loopCount: Int { workerProcesses ?? Int(linux_processor_count()) }
}

extension MainSettings {
  static let directives = ownDirectives + programDirectives + programTuning + eventDirectives

  private static let ownDirectives: [Directive] = [
    Directive(
      block: "events", "", count: 0...0, in: .main,
      "Holds the directives that concern the handling of connections."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("events", by: statement)
      let events = Level(context: .events, load: level.load, inheriting: level.inherited)
      level.load.read(statement.block ?? [], into: events)
      level.settings.main = events.settings.main
    },
    Directive(
      block: "http", "", count: 0...0, in: .main,
      "Holds the directives of the HTTP server."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("http", by: statement)
      level.load.endOfHTTP = statement.endOrder
      level.load.placeOfEnd = statement.blockEnd
      let http = Level(context: .http, load: level.load, inheriting: level.inherited)
      http.settings.core.value.resolveInitialPaths(http)
      level.load.read(statement.block ?? [], into: http)
      level.load.httpSettings = http.settings
    },
    Directive(
      "worker_processes", .workerCount, sets: .main.workerProcesses, in: .main,
      "The number of loops that serve connections, each on a thread of its own."),
    Directive(
      "worker_connections", .connectionCount, sets: .main.workerConnections, in: .events,
      "The most connections that a loop has open at a time, those to upstream servers included; "
        + "clients that have been idle for longest give way to new ones."),
    Directive(
      "daemon", .flag, sets: .main.isDaemon, in: .main,
      "Whether the program goes to the background."),
    Directive(
      "master_process", .flag, sets: .main.hasSupervisor, in: .main,
      "Whether a process of its own supervises the one that serves."),
    Directive(
      "pid", .prefixPath("file"), sets: .main.pidFile, in: .main,
      "The file that holds the number of the main process."),
    Directive(
      "worker_rlimit_nofile", .number, sets: .main.maximumOpenFiles, in: .main,
      "The limit of open files for each of `worker_processes`."),
    Directive(
      "user", "user [group]", count: 1...2, in: .main,
      "The user and the group whose rights the worker process has."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("user", by: statement)
      level.settings.main.user = statement.arguments[0].text
      let options = level.load.options
      guard options.checksAccounts else { return }
      guard options.isSuperuser else { return level.load.report(.userIsIgnored(at: statement)) }
      level.settings.main.account = try Account(of: statement)
    },
  ]
}

extension ArgumentType where Value == Int {
  fileprivate static var connectionCount: Self {
    Self("number") { (statement, _) throws(Diagnostic) in
      let word = statement.arguments[0]
      guard let number = word.text.decimalNumber else {
        throw .custom("invalid number \"\(word.text)\"", at: statement, word: word)
      }
      return number
    }
  }
}

extension ArgumentType where Value == Int? {
  /// A number of loops, or `auto`.
  fileprivate static var workerCount: Self {
    Self("number | auto") { (statement, _) throws(Diagnostic) in
      let word = statement.arguments[0]
      if word.text == "auto" { return nil }
      guard let number = word.text.decimalNumber else { throw .invalidValue(of: statement) }
      return max(1, number)
    }
  }
}

extension ArgumentType where Value == ByteString {
  /// A path; a relative one starts at the prefix.
  package static func prefixPath(_ syntax: String) -> Self {
    Self(syntax) { statement, level in level.pathBelowPrefix(statement.arguments[0].text) }
  }
}
