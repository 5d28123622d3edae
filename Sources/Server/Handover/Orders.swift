import Bytes
import Engine
import Sockets

/// What a message carries.
protocol Payload {
  static var kind: Message.Kind { get }
  func encode(to writer: inout MessageWriter)
  init(_ reader: inout MessageReader) throws(ProtocolError)
}

extension Message {
  init(_ payload: some Payload, _ descriptors: [Descriptor] = []) {
    var writer = MessageWriter()
    payload.encode(to: &writer)
    self.init(
      kind: type(of: payload).kind, payload: ByteString(writer.bytes), descriptors: descriptors)
  }

  func read<Value: Payload>(_: Value.Type) throws(ProtocolError) -> Value {
    guard kind == Value.kind else { throw ProtocolError("a message that nobody waits for") }
    var reader = MessageReader(payload)
    let value = try Value(&reader)
    try reader.finish()
    return value
  }
}

/// To a checker: the configuration to look at.
struct CheckOrder: Payload, Equatable {
  static let kind = Message.Kind.check

  let source: ConfigurationSource

  init(source: ConfigurationSource) { self.source = source }

  func encode(to writer: inout MessageWriter) { source.encode(to: &writer) }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    source = try ConfigurationSource(&reader)
  }
}

/// A diagnostic in the words that are to be shown.
struct ReportedDiagnostic: Equatable, Sendable {
  let level: LogLevel

  /// nginx's sentence with its place, for the error log.
  let line: String

  /// What a person wants to see, with the program's name in front.
  let rendering: String

  init(level: LogLevel, line: String, rendering: String) {
    self.level = level
    self.line = line
    self.rendering = rendering
  }

  func encode(to writer: inout MessageWriter) {
    writer.write(level.rawValue)
    writer.write(line)
    writer.write(rendering)
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    guard let level = LogLevel(rawValue: try reader.number()) else {
      throw ProtocolError("an unknown level of logs")
    }
    self.level = level
    line = try reader.string()
    rendering = try reader.string()
  }
}

/// From a checker: what was found, and the plan and, as a descriptor, the bundle where nothing is
/// wrong.
struct CheckReport: Payload, Equatable {
  static let kind = Message.Kind.checked

  let diagnostics: [ReportedDiagnostic]
  let plan: ServingPlan?

  init(diagnostics: [ReportedDiagnostic], plan: ServingPlan?) {
    self.diagnostics = diagnostics
    self.plan = plan
  }

  func encode(to writer: inout MessageWriter) {
    writer.write(diagnostics) { $1.encode(to: &$0) }
    writer.write(plan) { $1.encode(to: &$0) }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    diagnostics = try reader.list { (reader) throws(ProtocolError) in
      try ReportedDiagnostic(&reader)
    }
    plan = try reader.optional { (reader) throws(ProtocolError) in try ServingPlan(&reader) }
  }
}

/// To a worker: a configuration to serve from now on.
///
/// The descriptors are the bundle, one for each log, and the sockets of each address in turn.
struct ServeOrder: Payload, Equatable {
  static let kind = Message.Kind.serve

  struct Place: Equatable {
    let address: SocketAddress
    let socketCount: Int
  }

  /// Counts the configurations that the program has served.
  let generation: Int
  let source: ConfigurationSource
  let isSuperuser: Bool
  let account: Account?
  let logFiles: [String]
  let places: [Place]

  init(
    generation: Int, source: ConfigurationSource, isSuperuser: Bool, account: Account?,
    logFiles: [String], places: [Place]
  ) {
    self.generation = generation
    self.source = source
    self.isSuperuser = isSuperuser
    self.account = account
    self.logFiles = logFiles
    self.places = places
  }

  func encode(to writer: inout MessageWriter) {
    writer.write(generation)
    source.encode(to: &writer)
    writer.write(isSuperuser)
    writer.write(account) { $1.encode(to: &$0) }
    writer.write(logFiles) { $0.write($1) }
    writer.write(places) { writer, place in
      writer.write(place.address)
      writer.write(place.socketCount)
    }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    generation = try reader.number()
    source = try ConfigurationSource(&reader)
    isSuperuser = try reader.flag()
    account = try reader.optional { (reader) throws(ProtocolError) in try Account(&reader) }
    logFiles = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
    places = try reader.list { (reader) throws(ProtocolError) in
      Place(
        address: try reader.address(),
        socketCount: try reader.number(in: 1...Message.maximumDescriptors))
    }
  }

  /// How many descriptors come with the order.
  var descriptorCount: Int {
    1 + logFiles.count + places.reduce(0) { $0 + $1.socketCount }
  }
}

/// From a worker: whether a configuration is in use now.
struct ServeReport: Payload, Equatable {
  static let kind = Message.Kind.serving

  let generation: Int

  /// What went wrong; nil where nothing did.
  let failure: String?

  /// What goes over of the words about a failure.
  private static let maximumFailure = 4096

  init(generation: Int, failure: String? = nil) {
    self.generation = generation
    self.failure = failure.map { ByteString($0) }.map {
      $0[0..<min($0.count, ServeReport.maximumFailure)].string
    }
  }

  func encode(to writer: inout MessageWriter) {
    writer.write(generation)
    writer.write(failure) { $0.write($1) }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    generation = try reader.number()
    failure = try reader.optional { (reader) throws(ProtocolError) in try reader.string() }
  }
}

/// To a worker: not to begin to serve a configuration that it has been handed.
///
/// Whether it came in time, the ``ServeReport`` of the configuration says.
struct WithdrawOrder: Payload, Equatable {
  static let kind = Message.Kind.withdraw

  let generation: Int

  init(generation: Int) { self.generation = generation }

  func encode(to writer: inout MessageWriter) { writer.write(generation) }

  init(_ reader: inout MessageReader) throws(ProtocolError) { generation = try reader.number() }
}

/// To a worker: new descriptors of its logs, one for each path.
struct LogOrder: Payload, Equatable {
  static let kind = Message.Kind.reopenLogs

  let logFiles: [String]

  init(logFiles: [String]) { self.logFiles = logFiles }

  func encode(to writer: inout MessageWriter) { writer.write(logFiles) { $0.write($1) } }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    logFiles = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
  }
}

/// To a worker: take no more connections, and end when the last is through.
struct DrainOrder: Payload, Equatable {
  static let kind = Message.Kind.drain

  /// The addresses that nobody else accepts at, so that what waits there is the worker's to
  /// answer; nil for all that it has.
  let emptied: [SocketAddress]?

  init(emptied: [SocketAddress]?) { self.emptied = emptied }

  func encode(to writer: inout MessageWriter) {
    writer.write(emptied) { $0.write($1) { $0.write($1) } }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    emptied = try reader.optional { (reader) throws(ProtocolError) in
      try reader.list { (reader) throws(ProtocolError) in try reader.address() }
    }
  }
}

/// To `-s reload`: what came of it.
struct ReloadReport: Payload, Equatable {
  static let kind = Message.Kind.reloaded

  enum Outcome: Int {
    /// The new configuration is in use.
    case taken
    /// The former one stays in use.
    case refused
    /// The former one is in use; the worker has not said yet whether it stays.
    case open
  }

  /// The configuration that is in use now.
  let generation: Int
  let outcome: Outcome

  /// What a person should see, line by line.
  let messages: [String]

  init(generation: Int, outcome: Outcome, messages: [String]) {
    self.generation = generation
    self.outcome = outcome
    self.messages = messages
  }

  func encode(to writer: inout MessageWriter) {
    writer.write(generation)
    writer.write(outcome.rawValue)
    writer.write(messages) { $0.write($1) }
  }

  init(_ reader: inout MessageReader) throws(ProtocolError) {
    generation = try reader.number()
    guard let outcome = Outcome(rawValue: try reader.number()) else {
      throw ProtocolError("an unknown outcome")
    }
    self.outcome = outcome
    messages = try reader.list { (reader) throws(ProtocolError) in try reader.string() }
  }
}
