import Bytes
import Config

extension MainSettings {
  /// Directives of the program as a whole whose matter the supervisor and the loops see to.
  static let programDirectives: [Directive] = [
    Directive(
      "worker_shutdown_timeout", .time, sets: .main.shutdownTimeout, in: .main,
      "How long what still runs may go on after the program was told to stop."),
    Directive(
      "worker_priority", "number", count: 1...1, in: .main,
      "The scheduling priority of the worker process, as with nice.", apply: readPriority
    ).with(defaultText: "0"),
    Directive(
      "worker_rlimit_core", .offset, sets: .main.maximumCoreSize, in: .main,
      "The limit of a core file of the worker process."),
    Directive(
      "working_directory", .text("directory"), sets: .main.workingDirectory, in: .main,
      "The folder that the worker process runs in, where core files go."),
    Directive(
      "env", "variable[=value]", count: 1...1, in: .main,
      "A variable of the environment that the worker process keeps or gets."
    ) { (statement, level) throws(Diagnostic) in
      let (name, value) = statement.arguments[0].text.splitAtEquals
      level.settings.main.environment.append((name, value))
    },
    Directive(
      name: "load_module", syntax: "file", count: 1...1, contexts: .main,
      summary: "Nothing is loaded: a warning names the module, whose directives stay unknown.",
      isBlock: false, hasEffect: false, apply: refuseModule),
  ]

  /// Packages of nginx load modules that most configurations make no use of; a directive of one is
  /// an error of its own.
  @Sendable private static func refuseModule(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard statement.order < level.load.startOfBlocks else {
      throw .directive(statement, "is specified too late")
    }
    let word = statement.arguments[0]
    let file = word.text.split(on: UInt8(ascii: "/")).last ?? word.text
    let name = file.hasSuffix(".so") ? file[0..<file.count - 3] : file
    level.load.report(
      .custom(
        "module \"\(name)\" is not loaded, its directives are unknown to apus", at: statement,
        word: word, severity: .warning))
  }

  /// Directives that only tune nginx's insides: checked and without effect.
  static let programTuning: [Directive] = [
    Directive(
      withoutEffect: "lock_file", .text("file"), in: .main, "Loops share no lock."),
    Directive(
      withoutEffect: "timer_resolution", .time, in: .main,
      "The clock is read at most once in each turn of a loop."),
    Directive(
      withoutEffect: "pcre_jit", .flag, in: .main,
      "Regular expressions are always compiled to machine code."),
    Directive(
      withoutEffect: "worker_cpu_affinity", .affinity, in: .main,
      "The kernel places the threads."),
    Directive(
      withoutEffect: "ssl_engine", .text("device"), in: .main,
      "The library's own implementations are used."),
    Directive(
      name: "thread_pool", syntax: "name threads=number [max_queue=number]", count: 2...3,
      contexts: .main, summary: "Files are read by the loops themselves.", isBlock: false,
      hasEffect: false, apply: checkThreadPool),
    Directive(
      withoutEffect: "debug_points", .keyword(DebugPoints.self), in: .main,
      "A failed check always ends the worker process."),
  ]

  /// The same, in `events`.
  static let eventDirectives: [Directive] = [
    Directive(
      withoutEffect: "use", .eventMethod, in: .events, "Events always come from epoll."),
    Directive(
      withoutEffect: "multi_accept", .flag, in: .events,
      "A loop always accepts all connections that wait."),
    Directive(
      withoutEffect: "accept_mutex", .flag, in: .events,
      "The kernel distributes new connections among the loops."),
    Directive(
      withoutEffect: "accept_mutex_delay", .time, in: .events,
      "The kernel distributes new connections among the loops."),
    Directive(
      withoutEffect: "epoll_events", .number, in: .events, "A loop takes 512 events at once."),
    Directive(
      withoutEffect: "worker_aio_requests", .number, in: .events,
      "Files are read when they are sent."),
    Directive(
      "debug_connection", "address | CIDR | unix:", count: 1...1, in: .events,
      "Clients whose requests every error log tells at the level of debugging.",
      apply: DebugLines.readConnection),
  ]

  private enum DebugPoints: String, Keyword {
    case stop, abort
  }

  @Sendable private static func readPriority(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("worker_priority", by: statement)
    let text = statement.arguments[0].text
    let hasSign = text.hasPrefix("-") || text.hasPrefix("+")
    guard let number = text.dropFirst(hasSign ? 1 : 0).decimalNumber else {
      throw .invalidNumber(of: statement)
    }
    level.settings.main.priority = text.hasPrefix("-") ? -number : number
  }

  @Sendable private static func checkThreadPool(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    var hasThreads = false
    for word in statement.arguments.dropFirst() {
      let (name, value) = word.text.splitAtEquals
      guard name == "threads" || name == "max_queue" else {
        throw .invalidParameter(word, of: statement)
      }
      guard let number = value?.decimalNumber, number > 0 || name == "max_queue" else {
        throw .custom(
          "invalid \(name) value \"\(word.text)\"", at: statement, word: word)
      }
      hasThreads = hasThreads || name == "threads"
    }
    guard hasThreads else {
      throw .custom("\"threads\" parameter is required", at: statement)
    }
  }
}

extension ArgumentType where Value: Keyword {
  /// One of the words of a type that is named, where nothing else tells it.
  static func keyword(_: Value.Type) -> Self { .keyword }
}

extension ArgumentType where Value == ByteString {
  fileprivate static var eventMethod: Self {
    Self("method") { (statement, _) throws(Diagnostic) in
      let word = statement.arguments[0]
      guard ["epoll", "poll", "select"].contains(word.text) else {
        throw .custom("invalid event type \"\(word.text)\"", at: statement, word: word)
      }
      return word.text
    }
  }

  fileprivate static var affinity: Self {
    Self("cpumask ... | auto [cpumask]", count: 1...Int.max) { (statement, _) throws(Diagnostic) in
      let words = statement.arguments
      let isAutomatic = words[0].text == "auto"
      if isAutomatic, words.count > 2 { throw .invalidArgumentCount(statement) }
      for word in words.dropFirst(isAutomatic ? 1 : 0) {
        let wrong = word.text.bytes.last {
          $0 != ASCII.space && $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: "1")
        }
        if let wrong {
          throw .custom(
            "invalid character \"\(ByteString([wrong]))\" in \"worker_cpu_affinity\"",
            at: statement, word: word)
        }
      }
      return words[0].text
    }
  }
}
