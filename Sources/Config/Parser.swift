import Bytes

/// Makes a tree of the statements of one text.
///
/// Blocks must be balanced in each file, as nginx wants it: a file cannot close a block that was
/// opened by the file that includes it.
struct Parser {
  /// How deep blocks may be nested; nginx has no such limit and ends with its stack.
  static let maximumDepth = 200

  /// After how many errors the rest of a text is not worth reading.
  static let maximumProblems = 20

  private static let include: ByteString = "include"

  /// A block that has been opened and not yet closed.
  private struct OpenBlock {
    /// The words before the brace; none where the block is read only for its errors.
    var words: [Word]
    let place: SourcePlace
    let reportedLine: Int
    let order: Int

    /// How many statements stand before those of the block.
    let start: Int

    func statement(
      _ statements: [Statement], endingAt place: SourcePlace?, endOrder: Int
    ) -> Statement {
      Statement(
        name: words[0], arguments: Array(words.dropFirst()), block: statements,
        reportedLine: reportedLine, blockEnd: place, order: order, endOrder: endOrder)
    }
  }

  private let session: ReadingSession
  private var tokenizer: Tokenizer

  /// The statements outside of all blocks, then those of each open block.
  private var statements: [Statement] = []
  private var openBlocks: [OpenBlock] = []
  private var problemCount = 0
  private var isGivenUp = false

  init(file: String, source: ByteString, session: ReadingSession) {
    self.session = session
    tokenizer = Tokenizer(file: file, source: source, texts: session.texts)
  }

  /// Reads the whole text; errors go to the session.
  mutating func parse() -> [Statement] {
    while !isGivenUp {
      let token = tokenizer.next()
      for problem in tokenizer.problems { report(problem) }
      tokenizer.problems = []
      switch token {
      case .simple: end(tokenizer.words)
      case .blockStart(let brace): open(tokenizer.words, brace)
      case .blockEnd(let place): close(at: place)
      case .endOfText: endText()
      }
    }
    while !openBlocks.isEmpty { closeInnermost(at: nil) }
    return statements
  }

  private mutating func report(_ problem: Diagnostic) {
    guard problemCount < Self.maximumProblems else { return }
    session.report(problem)
    problemCount += 1
    if problemCount >= Self.maximumProblems { isGivenUp = true }
  }

  private func statement(_ words: [Word]) -> Statement? {
    guard let name = words.first else { return nil }
    return Statement(
      name: name, arguments: Array(words.dropFirst()), reportedLine: tokenizer.line,
      order: session.nextOrder())
  }

  private mutating func end(_ words: [Word]) {
    guard let statement = statement(words) else { return }
    if statement.name.text != Self.include { return statements.append(statement) }
    guard statement.arguments.count == 1 else {
      return report(.invalidArgumentCount(statement))
    }
    statements += session.include(statement)
  }

  private mutating func open(_ words: [Word], _ brace: SourcePlace) {
    var block = OpenBlock(
      words: words, place: words.first?.place ?? brace, reportedLine: tokenizer.line,
      order: words.isEmpty ? 0 : session.nextOrder(), start: statements.count)
    if words.first?.text == Self.include {
      report(.notTerminated(block.statement([], endingAt: nil, endOrder: block.order)))
      block.words = []
    }
    if tokenizer.isCommandLine {
      report(.blockInCommandLine(at: block.place))
      block.words = []
    }
    if openBlocks.count >= Self.maximumDepth {
      report(.nestedTooDeeply(at: brace, limit: Self.maximumDepth))
      isGivenUp = true
    } else {
      openBlocks.append(block)
    }
  }

  private mutating func close(at place: SourcePlace) {
    if openBlocks.isEmpty {
      // What follows belongs to a block that was closed too early: judging it would mislead.
      report(.unexpected(UInt8(ascii: "}"), at: place))
      isGivenUp = true
    } else {
      closeInnermost(at: place)
    }
  }

  private mutating func closeInnermost(at place: SourcePlace?) {
    guard let block = openBlocks.popLast() else { return }
    let inside = Array(statements[block.start...])
    statements.removeLast(inside.count)
    guard !block.words.isEmpty else { return }
    statements.append(block.statement(inside, endingAt: place, endOrder: session.nextOrder()))
  }

  private mutating func endText() {
    let isWholeTextRead = !isGivenUp && !tokenizer.reportedEarlyEnd
    isGivenUp = true
    guard let block = openBlocks.last, isWholeTextRead else { return }
    report(.missingClosingBrace(line: tokenizer.line, opening: block.place))
  }
}
