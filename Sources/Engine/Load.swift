package import Bytes
import CLinux
package import Config
import Sockets

/// What the command line says about a load.
package struct LoadOptions: Sendable {
  /// The prefix that relative paths start at, with a slash at its end.
  package var prefix: String

  /// The folder of the main configuration file, with a slash at its end.
  package var configurationFolder: String

  /// The error log of a configuration that names none, as the option `-e` gives it; a relative path
  /// starts at the prefix, and `stderr` is standard error.
  package var errorLog = "logs/error.log"

  /// Whether keys, certificates and other files are read; off where only the language is wanted.
  package var opensFiles = true

  /// The most loops that will serve; a mere check makes things for one.
  package var maximumLoopCount = Int.max

  /// Where files come from that the configuration names, such as certificates.
  package var files: any FileReader = DiskReader()

  /// Where addresses of names come from.
  package var hosts: any HostReader = SystemHosts()

  /// Whether users and groups are looked up; off where that has been done before.
  package var checksAccounts = true

  /// Whether the program was started with the superuser's rights.
  package var isSuperuser = Rights.areSuperusers

  /// The configuration that this one will replace; what has not changed lives on.
  package var predecessor: Site?

  /// The options of a start without `-e`.
  package init(prefix: String, configurationFolder: String) {
    self.prefix = prefix
    self.configurationFolder = configurationFolder
  }
}

/// The rights that the process has.
package enum Rights {
  /// Whether they are those of the superuser.
  package static var areSuperusers: Bool { geteuid() == 0 }
}

/// Gives statements their meaning: a tree of statements becomes a ``Site``.
///
/// Every problem is noted and reading goes on, so that all are reported in one go.
package final class Load {
  /// What the command line says.
  package let options: LoadOptions

  /// Whether requests will be served from what is made.
  let isForServing: Bool

  /// The variables that the configuration mentions.
  package let variables: VariableTable

  /// What has been found so far.
  package private(set) var diagnostics: [Diagnostic] = []

  /// Those of them that settings cause, which many blocks may have inherited.
  var reportedOnce: Set<Diagnostic> = []

  /// The words that a warning was about; a file may be included many times.
  private var warnedOf: Set<SourcePlace> = []

  /// Whether an error is among them.
  private(set) var hasErrors = false

  /// The settings at the end of the `http` block.
  package var httpSettings = Settings()

  /// The rank of the closing brace of `http` in the sequence in which nginx reads, and its place.
  var endOfHTTP = Int.max - 2
  var placeOfEnd: SourcePlace?

  /// What is wrong with settings, but only where a server inherits them.
  var inheritedProblems: [Diagnostic] = []

  /// The number of loops that will serve; known when the main level has been read.
  var loopCount = 1

  /// The rank of the first block of the main level, behind which nothing may be loaded any more.
  var startOfBlocks = Int.max

  /// The path of the main file, as messages show it.
  var mainFile = ""

  /// Whether it has been said that there is no HTTP/2; once is enough.
  private var hasMissedHTTP2 = false

  /// The servers in file order.
  package var servers: [ServerDraft] = []

  /// The groups of servers of `http`.
  let upstreamGroups: UpstreamGroups

  /// What the `stream` block has said.
  let stream: StreamDraft

  /// The zones of `upstream` blocks that have a size.
  var upstreamZones: Set<ByteString> = []

  /// The groups that the zones of `sticky learn` belong to, by the names of the zones.
  var stickyZones: [ByteString: ByteString] = [:]

  /// Whose idle connections to upstream servers may be used, by what tells the locations apart.
  private(set) var connectionOwners: [ConnectionOwner.Key: ConnectionOwner] = [:]

  /// What blocks share that say the same.
  let shared = SharedValues()

  /// How many of these are alike, by the first of them.
  private var ownerCounts: [ConnectionOwner.Key: Int] = [:]

  /// The keys of session tickets, by what tells servers apart.
  var ticketKeys: [TicketOwner: TLSTicketKeys] = [:]
  var ticketOwnerCounts: [TicketOwner: Int] = [:]

  /// The zones of `limit_req` and `limit_conn` by name, declared or only mentioned so far.
  var requestRateZones: [ByteString: RequestRateZoneDraft] = [:]
  var connectionZones: [ByteString: ConnectionZoneDraft] = [:]

  /// The caches by the names of their keys zones, declared or only mentioned so far.
  var cacheZones: [ByteString: CacheZoneDraft] = [:]

  /// The formats that `log_format` defined.
  package var logFormats: [ByteString: LogFormat] = [:]

  /// The clients that `debug_connection` names.
  var debuggedClients = AddressSet()

  /// The log files that are written to, each once.
  package private(set) var logFiles: [LogTarget] = []
  private var logFileNumbers: [String?: Int] = [:]

  /// The log files of the configuration before.
  private lazy var formerLogFiles = Dictionary(
    (options.predecessor?.logFiles ?? []).map { ($0.path, $0) },
    uniquingKeysWith: { first, _ in first })

  /// What the words of `listen` in `http` say, since most servers have the same.
  var listenAddresses: [ByteString: [SocketAddress]] = [:]

  /// A regular expression as it was written.
  struct Expression: Hashable {
    let source: ByteString
    let ignoresCase: Bool
  }

  /// The regular expressions that have been compiled; many servers have the same.
  private var patterns: [Expression: Pattern] = [:]

  /// How the lines of a log are collected, by its path.
  package var logBuffering: [ByteString: LogBuffering] = [:]

  /// Work that must wait until everything has been read.
  private var deferred: [(statement: Statement, work: () throws(Diagnostic) -> Void)] = []

  /// A load before its first statement.
  package init(options: LoadOptions, isForServing: Bool = true) {
    self.options = options
    self.isForServing = isForServing
    variables = VariableTable(Modules.all.flatMap(\.variables))
    upstreamGroups = UpstreamGroups(
      former: options.predecessor?.upstreams, options.predecessor?.implicitUpstreams)
    stream = StreamDraft(predecessor: options.predecessor?.stream)
  }

  /// Notes a problem.
  package func report(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
    if diagnostic.severity.isError { hasErrors = true }
  }

  /// Warns of a word that nginx takes as it stands, once for each place.
  func warnOnce(_ message: String, at statement: Statement, word: Word, note: String) {
    guard warnedOf.insert(word.place).inserted else { return }
    report(
      .custom(message, at: statement, word: word, severity: .warning).noting(note))
  }

  /// Notes that HTTP/2 was asked for, and that it is not there.
  func reportMissingHTTP2(_ statement: Statement, word: Word? = nil) {
    if !hasMissedHTTP2 { report(.noHTTP2(statement, word: word)) }
    hasMissedHTTP2 = true
  }

  /// Does something when the whole configuration has been read.
  package func afterReading(
    _ statement: Statement, _ work: @escaping () throws(Diagnostic) -> Void
  ) {
    deferred.append((statement, work))
  }

  /// Returns a compiled regular expression.
  func pattern(_ expression: Expression) throws(Pattern.CompileError) -> Pattern {
    if let pattern = patterns[expression] { return pattern }
    let pattern = try Pattern(
      expression.source, ignoresCase: expression.ignoresCase, isForServing: isForServing)
    patterns[expression] = pattern
    return pattern
  }

  /// Returns the log file of a path, which all directives that name it share.
  ///
  /// - Parameter path: The full path; nil for standard error.
  package func logTarget(path: ByteString?) -> LogTarget {
    let name = path?.string
    if let number = logFileNumbers[name] { return logFiles[number] }
    let target = formerLogFiles[name] ?? LogTarget(path: name)
    logFileNumbers[name] = logFiles.count
    logFiles.append(target)
    return target
  }

  /// Returns the owner of a location's idle connections: the former one where nothing changed that
  /// concerns a connection.
  ///
  /// - Parameter key: nil where that cannot be told.
  func connectionOwner(_ key: ConnectionOwner.Key?) -> ConnectionOwner {
    guard let first = key else { return ConnectionOwner() }
    var key = first
    if connectionOwners[first] != nil {
      key.number = ownerCounts[first, default: 1]
      ownerCounts[first] = key.number + 1
    }
    let owner = options.predecessor?.connectionOwners[key] ?? ConnectionOwner()
    connectionOwners[key] = owner
    return owner
  }

  /// Applies the statements of a block, its own simple directives before the blocks inside it,
  /// since nginx lets a directive stand below the blocks that inherit it.
  package func read(_ block: [Statement], into level: Level) {
    for statement in block where statement.block == nil { apply(statement, of: block, to: level) }
    let inner = block.filter { $0.block != nil }
    for statement in inner where isTable(statement) { apply(statement, of: block, to: level) }
    for statement in inner where !isTable(statement) { apply(statement, of: block, to: level) }
  }

  private func isTable(_ statement: Statement) -> Bool {
    statement.block != nil && Catalogue.isTable(statement.name.text)
  }

  private func apply(_ statement: Statement, of block: [Statement], to level: Level) {
    var directive: Directive?
    do {
      directive = try Catalogue.directive(for: statement, in: level.context)
      try directive?.apply(statement, level)
      if let directive { warnOfSwallowedLine(statement, directive, level.context) }
    } catch {
      report(
        error.advising(about: statement, as: directive, among: block, in: self, level.context))
      if error.isOnlyOurs { reportUnknownNames(in: [statement]) }
    }
  }

  /// Reports what nginx does not know either inside a block that only nginx understands.
  private func reportUnknownNames(in block: [Statement]) {
    for statement in block {
      if !Catalogue.isKnownToNginx(statement.name.text) {
        report(.unknownDirective(statement))
      } else if !KnownDirectives.tables.contains(statement.name.text) {
        reportUnknownNames(in: statement.block ?? [])
      }
    }
  }

  /// Runs what ``afterReading(_:_:)`` put off.
  func finishReading() {
    for (statement, work) in deferred {
      do {
        try work()
      } catch {
        report(error.advising(about: statement, in: self))
      }
    }
    deferred = []
  }
}
