import Bytes
import Sockets
import Wire

/// Executes the commands of one body, in their order.
///
/// What `include` names is fetched beside the response, several at a time; what stands behind it
/// waits until it is there. Confined to the loop of its exchange.
final class SSIBody: LateBody {
  static let standardTimeFormat: ByteString = "%A, %d-%b-%Y %H:%M:%S %Z"
  private static let standardError: ByteString =
    "[an error occurred while processing the directive]"

  /// How much may wait for requests, in bytes.
  private static let maximumWithheld = 8 << 20

  // The exchange has the body.
  unowned let exchange: Exchange
  private let settings: SSISettings
  private var parser: SSIParser
  private(set) var hasInputEnded = false

  /// Whether something of the body has been passed on.
  private(set) var hasBegun = false

  /// What `config` says.
  private(set) var timeFormat = standardTimeFormat
  private var errorText = standardError

  /// How `echo` makes values safe; it stays until another `echo` says otherwise.
  private var encoding: ByteString = "entity"

  /// The `if`s that are open, the innermost last.
  private var conditions: [Branch] = []

  /// The `block` that is open.
  private var block: (name: ByteString, text: ByteString)?

  /// What has not been passed on, in its order.
  private var parts: [SSIPart] = []
  private var requestCount = 0

  /// How often a block has taken the place of a response: one may include itself.
  private var stubCount = 0
  private static let maximumStubs = 50

  /// What must be there before another command is executed.
  private var awaited: SSIPart?

  private struct Branch {
    /// Whether the branch is the one that counts.
    var isChosen: Bool

    /// Whether a branch has been chosen, this one or one before.
    var hasChosen: Bool
    var hasElse = false
  }

  init(_ exchange: Exchange, _ settings: SSISettings) {
    self.exchange = exchange
    self.settings = settings
    parser = SSIParser(maximumValueCount: settings.maximumValueCount)
  }

  /// Whether the body cannot be completed.
  private(set) var isAbandoned = false

  /// Gives the response up: the connection ends.
  private func abandon() {
    isAbandoned = true
    exchange.forgetClient()
    exchange.waiter.readinessChanged()
  }

  func outputDrained() {}

  // MARK: - The body

  var putsOffEnd: Bool { !isComplete }

  /// Whether everything has been passed on.
  var isComplete: Bool {
    hasInputEnded && parts.isEmpty && requestCount == 0 && parser.pendingCount == 0
  }

  func filter(_ input: ByteBuffer, into output: ByteBuffer, isLast: Bool) throws(Failure) {
    input.withReadableBytes { parser.append($0) }
    input.consume(input.count)
    if isLast { hasInputEnded = true }
    run()
    takeReady(into: output)
    let withheld = parts.reduce(parser.pendingCount) { $0 + $1.text.count }
    guard withheld <= SSIBody.maximumWithheld || requestCount == 0 else {
      exchange.logError(.error, "too much waits for a request of an SSI command")
      throw .aborted
    }
  }

  private func takeReady(into output: ByteBuffer) {
    while let part = parts.first, part.isReady {
      hasBegun = true
      output.append(part.text)
      parts.removeFirst()
    }
  }

  /// Passes on what has become ready.
  private func push() {
    if isAbandoned { return }
    run()
    let buffer = exchange.loop.buffers.take(4096)
    takeReady(into: buffer)
    do throws(Failure) {
      try exchange.pass(buffer, behind: self, isLast: isComplete)
    } catch {
      exchange.isPersistent = false
    }
    exchange.loop.buffers.give(buffer)
    exchange.waiter.readinessChanged()
  }

  private func run() {
    // A body that has no request under way goes on in any case: the others may wait for it.
    while awaited == nil, requestCount == 0 || exchange.ssiContext.hasRoom,
      let event = parser.next(isLast: hasInputEnded)
    {
      switch event {
      case .text(let text): keep(text)
      case .invalid(let sentence): if block == nil, isOutput { fail(sentence) }
      case .command(let command): execute(command)
      }
    }
  }

  private func keep(_ text: ByteString) {
    if block != nil {
      block?.text.append(text)
    } else if isOutput {
      emit(text)
    }
  }

  private func emit(_ text: ByteString) {
    guard !text.isEmpty else { return }
    if let last = parts.last, last.isReady, last.isPlain {
      last.text.append(text)
    } else {
      parts.append(SSIPart(text))
    }
  }

  private var isOutput: Bool { conditions.allSatisfy(\.isChosen) }

  private func fail(_ sentence: String) {
    exchange.logError(.error, sentence)
    if !settings.isSilent { emit(errorText) }
  }

  // MARK: - Commands

  private func execute(_ command: SSICommand) {
    if let block {
      guard command.name == "endblock" else {
        self.block?.text.append(command.raw)
        return
      }
      self.block = nil
      guard exchange.ssiContext.take(block.text.count) else {
        return fail("too much is kept for SSI commands")
      }
      exchange.ssiContext.blocks[block.name] = block.text
      return
    }
    do throws(SSIText.Problem) {
      switch command.name {
      case "if", "elif", "else", "endif": try executeCondition(command)
      default: if isOutput { try executePlain(command) }
      }
    } catch {
      fail(error.sentence)
    }
  }

  private func executePlain(_ command: SSICommand) throws(SSIText.Problem) {
    switch command.name {
    case "include": try include(command)
    case "echo": try echo(command)
    case "set": try set(command)
    case "config":
      timeFormat = command["timefmt"] ?? timeFormat
      errorText = command["errmsg"] ?? errorText
    case "block": block = (try required("name", of: command), ByteString())
    case "endblock": break
    default: throw SSIText.Problem(sentence: "invalid SSI command: \"\(command.name)\"")
    }
  }

  private func required(
    _ name: ByteString, of command: SSICommand
  ) throws(SSIText.Problem) -> ByteString {
    guard let value = command[name] else {
      throw SSIText.Problem(
        sentence: "mandatory \"\(name)\" parameter is absent in \"\(command.name)\" SSI command")
    }
    return value
  }

  private func evaluate(_ text: ByteString) throws(SSIText.Problem) -> ByteString {
    let exchange = exchange
    return try SSIText.evaluate(text) { exchange.ssiValue(of: $0) }
  }

  private func echo(_ command: SSICommand) throws(SSIText.Problem) {
    let name = try required("var", of: command)
    let value = exchange.ssiValue(of: name) ?? command["default"] ?? "(none)"
    guard !value.isEmpty else { return }
    if let named = command["encoding"] {
      if ["none", "url", "entity"].contains(named) {
        encoding = named
      } else {
        exchange.logError(.error, "unknown encoding \"\(named)\" in the \"echo\" command")
      }
    }
    switch encoding {
    case "url": emit(PercentEncoding.encode(value, escaping: .html))
    case "entity": emit(HTMLEscape.escape(value))
    default: emit(value)
    }
  }

  private func set(_ command: SSICommand) throws(SSIText.Problem) {
    let name = try required("var", of: command)
    let value = try evaluate(try required("value", of: command))
    guard exchange.ssiContext.set(name, to: value) else {
      throw SSIText.Problem(sentence: "too much is kept for SSI commands")
    }
  }

  // MARK: - Conditions

  private func executeCondition(_ command: SSICommand) throws(SSIText.Problem) {
    if command.name == "if" {
      // Within a branch that does not count, nothing is asked.
      let isChosen = isOutput ? try holds(command) : false
      return conditions.append(Branch(isChosen: isChosen, hasChosen: isChosen || !isOutput))
    }
    guard var condition = conditions.popLast(), !condition.hasElse || command.name == "endif"
    else {
      throw SSIText.Problem(
        sentence: "invalid context of SSI command: \"\(command.name)\"")
    }
    if command.name == "endif" { return }
    condition.hasElse = command.name == "else"
    let isCandidate = !condition.hasChosen && isOutput
    condition.isChosen = isCandidate
    if isCandidate, !condition.hasElse { condition.isChosen = try holds(command) }
    condition.hasChosen = condition.hasChosen || condition.isChosen
    conditions.append(condition)
  }

  private func holds(_ command: SSICommand) throws(SSIText.Problem) -> Bool {
    let text = try required("expr", of: command)
    guard let expression = SSIExpression(text) else {
      throw SSIText.Problem(sentence: "invalid expression in \"\(text)\"")
    }
    let left = try evaluate(expression.left)
    guard let source = expression.right else { return !left.isEmpty }
    let right = try evaluate(source)
    guard expression.isPattern else { return (left == right) != expression.isNegated }
    do {
      let memory = exchange.matchMemory
      return try exchange.ssiContext.matches(left, right, in: memory) != expression.isNegated
    } catch {
      throw SSIText.Problem(sentence: "\(error.message) in \"\(right)\"")
    }
  }

  // MARK: - Includes

  private func include(_ command: SSICommand) throws(SSIText.Problem) {
    let include = try SSIInclude(command)
    if let name = include.stub, exchange.ssiContext.blocks[name] == nil {
      throw SSIText.Problem(sentence: "\"stub\"=\"\(name)\" for \"include\" not found")
    }
    var target = try evaluate(include.target)
    if !target.hasPrefix("/") {
      let folder = exchange.path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
      target = exchange.path[0..<folder + 1] + target
    }
    guard let (path, query) = target.decodedTarget else {
      throw SSIText.Problem(sentence: "unsafe URI \"\(target)\" was detected")
    }
    guard !exchange.hasLostClient else { return abandon() }
    let (part, context) = (SSIPart(include), exchange.ssiContext)
    guard context.beginRequest() else {
      throw SSIText.Problem(
        sentence: "more than \(SSIContext.maximumRequests) subrequests for one request")
    }
    let isStarted = exchange.startSubrequest(path, query: query, keepsOutput: true) {
      [self] request, output in
      requestCount -= 1
      context.endRequest()
      guard let output else { return abandon() }
      finish(part, include, request, output.allBytes)
    }
    guard isStarted else {
      context.endRequest()
      throw SSIText.Problem(sentence: "subrequests cycle")
    }
    requestCount += 1
    parts.append(part)
    if include.waits { awaited = part }
  }

  private func finish(
    _ part: SSIPart, _ include: SSIInclude, _ request: Exchange, _ text: ByteString
  ) {
    if awaited === part { awaited = nil }
    part.isReady = true
    let hasFailed = request.response.status >= 400
    if let name = include.variable {
      guard text.count <= request.settings.core.subrequestBufferSize else {
        exchange.logError(.error, "too big subrequest response")
        return abandon()
      }
      if request.response.status < 300 { _ = exchange.ssiContext.set(name, to: text) }
    } else if let name = include.stub, text.isEmpty || hasFailed,
      stubCount < SSIBody.maximumStubs
    {
      stubCount += 1
      insert(block: exchange.ssiContext.blocks[name] ?? ByteString(), before: part)
    } else {
      part.text = text
    }
    push()
  }

  /// Executes a block in the place of a part.
  private func insert(block text: ByteString, before part: SSIPart) {
    let place = parts.firstIndex { $0 === part } ?? 0
    let behind = Array(parts[place...].dropFirst())
    parts.removeSubrange(place...)
    let (outer, outerConditions, outerBlock) = (parser, conditions, self.block)
    parser = SSIParser(maximumValueCount: settings.maximumValueCount)
    conditions = []
    self.block = nil
    text.bytes.withUnsafeBytes { parser.append($0) }
    while let event = parser.next(isLast: true) {
      switch event {
      case .text(let text): keep(text)
      case .invalid(let sentence): if isOutput { fail(sentence) }
      case .command(let command): execute(command)
      }
    }
    (parser, conditions, self.block) = (outer, outerConditions, outerBlock)
    parts += behind
  }
}
