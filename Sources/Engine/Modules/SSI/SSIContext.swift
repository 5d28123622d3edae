import Bytes

/// What the commands of a client's request share, with those of all requests made for it.
final class SSIContext {
  private var variables: [ByteString: ByteString] = [:]
  private var captures: Captures?

  /// The texts of `block` by name.
  var blocks: [ByteString: ByteString] = [:]

  /// What documents may mention beside the variables of the configuration.
  fileprivate static let known = VariableNames(Modules.all.flatMap(\.variables))

  /// How much all variables and blocks may hold together, in bytes.
  private static let maximumByteCount = 1 << 20
  private var byteCount = 0

  /// How many requests commands may make for one request of a client, and how many of these run
  /// at a time before each body waits for its own.
  static let maximumRequests = 1000
  static let maximumRunning = 16

  private var requestCount = 0
  private var runningCount = 0

  /// Whether another request may run beside those that do.
  var hasRoom: Bool { runningCount < SSIContext.maximumRunning }

  /// Counts a request that begins; false where there have been too many.
  func beginRequest() -> Bool {
    guard requestCount < SSIContext.maximumRequests else { return false }
    requestCount += 1
    runningCount += 1
    return true
  }

  func endRequest() { runningCount -= 1 }

  /// Gives a variable a value; false where there is no room for more.
  func set(_ name: ByteString, to value: ByteString) -> Bool {
    guard take(value.count) else { return false }
    variables[name.lowercased] = value
    return true
  }

  /// Counts bytes that are kept; false where there is no room for more.
  func take(_ count: Int) -> Bool {
    byteCount += count
    return byteCount <= SSIContext.maximumByteCount
  }

  /// The value that a command has given a name, or a group of the last expression that matched.
  func value(of name: ByteString) -> ByteString? {
    if name.count == 1, let group = ASCII.digit(name[0]), let captures, let text = captures[group] {
      return text
    }
    return variables[name.lowercased]
  }

  /// Whether a text matches an expression, whose groups become variables then.
  ///
  /// - Throws: Where the expression is none.
  func matches(
    _ text: ByteString, _ source: ByteString, in memory: MatchMemory
  ) throws(Pattern.CompileError) -> Bool {
    let pattern = try Pattern(source, ignoresCase: false)
    guard let captures = pattern.match(text, in: memory) else { return false }
    self.captures = captures
    for (name, number) in pattern.names {
      _ = set(name, to: captures[number] ?? ByteString())
    }
    return true
  }
}

extension Exchange {
  /// The context of the client's request that this one belongs to.
  var ssiContext: SSIContext {
    let main = sequence(first: self, next: \.parent).reduce(self) { $1 }
    if let context = main.extras?.ssiContext { return context }
    let context = SSIContext()
    main.madeExtras.ssiContext = context
    return context
  }

  /// The value of a variable for a command: one that a command has set, or one of the program's;
  /// nil where there is none.
  func ssiValue(of name: ByteString) -> ByteString? {
    if let value = ssiContext.value(of: name) { return value }
    let name = name.lowercased
    if let number = site.variables.number(of: name) { return variable(number) }
    guard let (variable, rest) = SSIContext.known.find(name) else { return nil }
    var isFound = false
    let value = collect { isFound = variable.evaluator(rest)(self, $0) }
    return isFound ? value : nil
  }
}
