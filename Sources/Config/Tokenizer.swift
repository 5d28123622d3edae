import Bytes

/// A piece of configuration as the parser wants it: the words up to `;`, `{` or `}`, which are
/// ``Tokenizer/words``.
enum Token {
  /// Words ended by `;`.
  case simple

  /// Words ended by `{`; none where a brace stood alone, which has been reported.
  case blockStart(brace: SourcePlace)

  case blockEnd(SourcePlace)
  case endOfText
}

/// Cuts the text of a configuration into statements, by the rules of nginx.
///
/// nginx stops at the first error. This one notes it in ``problems`` and goes on where the next
/// statement probably starts, so that one run shows all mistakes.
struct Tokenizer {
  /// The size of the buffer into which nginx reads; no word or comment in a file may fill it.
  static let maximumLength = 4096

  /// What the next byte belongs to.
  private enum Mode: Equatable {
    case betweenWords
    case comment
    case word(quote: UInt8?)
    case afterQuote
  }

  let file: String
  private let fileName: FileName

  /// Whether the text is that of the option `-g`.
  let isCommandLine: Bool
  private let source: [UInt8]

  /// Where words come from that have been read before.
  private let texts: WordTexts
  private var position = 0
  private var lineStart = 0

  /// The line of the byte read last; counted past a line feed as soon as that is read.
  private(set) var line = 1

  /// The errors met since the parser took them.
  var problems: [Diagnostic] = []

  /// Whether the end of the text has been reported to be in the wrong place.
  private(set) var reportedEarlyEnd = false

  private var mode = Mode.betweenWords

  /// The words of the statement or block that was read last.
  private(set) var words: [Word] = []
  private var isEscaped = false
  private var followsDollar = false

  /// Whether the word has a backslash.
  private var hasEscapes = false

  /// Where nginx began to keep bytes: the word, its separator, or the comment.
  private var start = 0

  /// Where that is: a word's quote, where it has one.
  private var startLine = 1
  private var startColumn = 1

  init(file: String, source: ByteString, texts: WordTexts) {
    self.file = file
    fileName = FileName(file)
    self.source = source.bytes
    self.texts = texts
    isCommandLine = file == SourcePlace.commandLine
  }

  private var startPlace: SourcePlace {
    SourcePlace(file: fileName, line: startLine, column: startColumn)
  }

  /// The place of the byte read last.
  private var place: SourcePlace {
    SourcePlace(file: fileName, line: line, column: max(1, position - lineStart))
  }

  /// Reads up to the end of the next statement, block or text.
  mutating func next() -> Token {
    words.removeAll(keepingCapacity: true)
    beginAnew()
    while problems.count < Parser.maximumProblems {
      if position == source.count {
        if let token = endText() { return token }
      } else if !isCommandLine && position - start == Self.maximumLength {
        if let token = refuseLongWord() { return token }
      } else if skipPlainBytes() {
        continue
      } else if let token = consume(takeByte()) {
        return token
      }
    }
    return .endOfText
  }

  private mutating func beginAnew() {
    mode = .betweenWords
    isEscaped = false
    followsDollar = false
    start = position
    startLine = line
    startColumn = position - lineStart + 1
  }

  private mutating func takeByte() -> UInt8 {
    let byte = source[position]
    position += 1
    if byte == ASCII.lineFeed {
      line += 1
      lineStart = position
    }
    return byte
  }
}

// MARK: - Bytes

extension Tokenizer {
  /// Passes over bytes that change nothing but how far the text has been read.
  ///
  /// - Returns: Whether there were any.
  private mutating func skipPlainBytes() -> Bool {
    let first = position
    let limit = isCommandLine ? source.count : min(source.count, start + Self.maximumLength)
    switch mode {
    case .comment: position = endOfRun(before: limit) { $0 != ASCII.lineFeed }
    case .betweenWords:
      position = endOfRun(before: source.count) { $0 == ASCII.space }
      start = position
    case .word(_) where isEscaped: return false
    case .word(nil): position = endOfRun(before: limit, where: Self.isPlain)
    case .word(let quote?):
      position = endOfRun(before: limit) { Self.isPlain($0) && $0 != quote }
    case .afterQuote: return false
    }
    if position > first { followsDollar = false }
    return position > first
  }

  /// The end of the bytes from here on that are of some kind.
  @inline(__always)
  private func endOfRun(before limit: Int, where isWanted: (UInt8) -> Bool) -> Int {
    let bytes = source.span
    var end = position
    while end < limit, isWanted(bytes[end]) { end &+= 1 }
    return end
  }

  /// Whether a byte means nothing in a word, whether or not that is quoted.
  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "$"), UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: "{"): false
    default: !isSpace(byte)
    }
  }

  private mutating func consume(_ byte: UInt8) -> Token? {
    switch mode {
    case .comment:
      guard byte == ASCII.lineFeed else { return nil }
      mode = .betweenWords
      return consumeBetweenWords(byte)
    case .betweenWords: return consumeBetweenWords(byte)
    case .afterQuote: return consumeAfterQuote(byte)
    case .word(let quote): return consumeInWord(byte, quote: quote)
    }
  }

  private mutating func consumeBetweenWords(_ byte: UInt8) -> Token? {
    start = position - 1
    if Self.isSpace(byte) { return nil }
    startLine = line
    startColumn = position - lineStart
    hasEscapes = false
    switch byte {
    case UInt8(ascii: ";"): return endSimple()
    case UInt8(ascii: "{"): return startBlock()
    case UInt8(ascii: "}"): return endBlock()
    case UInt8(ascii: "#"): mode = .comment
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      start = position
      mode = .word(quote: byte)
    default:
      isEscaped = byte == UInt8(ascii: "\\")
      hasEscapes = isEscaped
      followsDollar = byte == UInt8(ascii: "$")
      mode = .word(quote: nil)
    }
    return nil
  }

  private mutating func consumeInWord(_ byte: UInt8, quote: UInt8?) -> Token? {
    if isEscaped {
      isEscaped = false
      return nil
    }
    // The brace of `${name}` belongs to the word.
    if byte == UInt8(ascii: "{") && followsDollar { return nil }
    followsDollar = byte == UInt8(ascii: "$")
    isEscaped = byte == UInt8(ascii: "\\")
    if isEscaped { hasEscapes = true }
    if let quote {
      if byte == quote { endWord(isQuoted: true) }
      return nil
    }
    switch byte {
    case UInt8(ascii: ";"):
      endWord(isQuoted: false)
      return endSimple()
    case UInt8(ascii: "{"):
      endWord(isQuoted: false)
      return startBlock()
    default:
      if Self.isSpace(byte) { endWord(isQuoted: false) }
      return nil
    }
  }

  private mutating func consumeAfterQuote(_ byte: UInt8) -> Token? {
    if Self.isSpace(byte) {
      mode = .betweenWords
      return nil
    }
    switch byte {
    case UInt8(ascii: ";"): return endSimple()
    case UInt8(ascii: "{"): return startBlock()
    case UInt8(ascii: ")"):
      mode = .betweenWords
      return consumeBetweenWords(byte)
    default:
      problems.append(.unexpected(byte, at: place).noting(distantQuote))
      return recoverAfterQuote()
    }
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.tab || byte == ASCII.carriageReturn
      || byte == ASCII.lineFeed
  }
}

// MARK: - Words and statements

extension Tokenizer {
  /// Keeps the word whose end, a quote or a separator, was read last.
  private mutating func endWord(isQuoted: Bool) {
    keepWord(upTo: position - 1, isQuoted: isQuoted)
    mode = isQuoted ? .afterQuote : .betweenWords
  }

  private mutating func keepWord(upTo end: Int, isQuoted: Bool) {
    let text =
      hasEscapes
      ? Self.unescaped(source[start..<end]) : texts.text(source.span.extracting(start..<end))
    words.append(Word(text: text, isQuoted: isQuoted, place: startPlace))
  }

  /// Resolves `\"`, `\'`, `\\`, `\t`, `\r` and `\n`; any other backslash stays.
  private static func unescaped(_ raw: ArraySlice<UInt8>) -> ByteString {
    let backslash = UInt8(ascii: "\\")
    var text: [UInt8] = []
    var index = raw.startIndex
    while index < raw.endIndex {
      if raw[index] == backslash, index + 1 < raw.endIndex, let byte = escape(raw[index + 1]) {
        text.append(byte)
        index += 2
      } else {
        text.append(raw[index])
        index += 1
      }
    }
    return ByteString(text)
  }

  /// What a byte after a backslash stands for; nil where the backslash stands for itself.
  private static func escape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): byte
    case UInt8(ascii: "t"): ASCII.tab
    case UInt8(ascii: "r"): ASCII.carriageReturn
    case UInt8(ascii: "n"): ASCII.lineFeed
    default: nil
    }
  }

  private mutating func endSimple() -> Token? {
    if !words.isEmpty { return .simple }
    problems.append(.unexpected(UInt8(ascii: ";"), at: place).noting(surplusSemicolon))
    beginAnew()
    return nil
  }

  private mutating func startBlock() -> Token {
    if words.isEmpty { problems.append(.unexpected(UInt8(ascii: "{"), at: place)) }
    return .blockStart(brace: place)
  }

  private mutating func endBlock() -> Token {
    if words.isEmpty { return .blockEnd(place) }
    let note = ForeignLine.advice(on: words[0]) ?? Self.missingSemicolon
    problems.append(.unexpected(UInt8(ascii: "}"), at: place).noting(note))
    // Most likely the last statement of a block lacks its `;`: end it, then read the brace again.
    position -= 1
    return .simple
  }

  /// What ends a statement already, where that stands before a `;`.
  private var surplusSemicolon: String? {
    let last = source[..<(position - 1)].last { !Self.isSpace($0) }
    return switch last {
    case UInt8(ascii: ";"), UInt8(ascii: "}"): "\"\(ByteString([last ?? 0]))\" before it is enough"
    default: nil
    }
  }

  /// Where a quoted word began that ends in a later line, most likely before another one's quote.
  private var distantQuote: String? {
    guard startLine < line else { return nil }
    return "the quote that ends here begins in line \(startLine): is it not closed there?"
  }

  private static let missingSemicolon = "the statement before it is not terminated by \";\""
}

// MARK: - Going on after an error

extension Tokenizer {
  /// Ends the text; nil where reading goes on behind a quote that was never closed.
  private mutating func endText() -> Token? {
    if words.isEmpty, mode == .betweenWords || mode == .comment { return .endOfText }
    let opening = words.first?.place ?? startPlace
    reportedEarlyEnd = true
    if case .word(let quote?) = mode {
      problems.append(.unexpectedEnd(of: file, line: line, opening: startPlace, quote: quote))
      return resumeBehindFirstLine()
    }
    if case .word = mode { keepWord(upTo: position, isQuoted: false) }
    problems.append(
      .unexpectedEnd(of: file, line: line, opening: opening)
        .noting(words.first.flatMap(ForeignLine.advice(on:))))
    return .simple
  }

  private mutating func refuseLongWord() -> Token? {
    if case .word(let quote?) = mode {
      problems.append(.tooLongParameter(missing: quote, at: startPlace))
    } else {
      let opening = ByteString(Array(source[start..<start + 10]))
      problems.append(.tooLongParameter(opening, at: startPlace))
    }
    return resumeBehindFirstLine()
  }

  /// Goes on after a byte that may not follow a closing quote.
  private mutating func recoverAfterQuote() -> Token? {
    // A quoted word of several lines most likely lacks its closing quote in the first.
    if startLine < line { return resumeBehindFirstLine() }
    position -= 1
    while position < source.count, !Self.isSpace(source[position]),
      source[position] != UInt8(ascii: ";"), source[position] != UInt8(ascii: "{")
    {
      position += 1
    }
    mode = .afterQuote
    return nil
  }

  /// Goes on behind the line in which the word or comment starts, as if the line ended it.
  private mutating func resumeBehindFirstLine() -> Token? {
    let end = source[start...].firstIndex(of: ASCII.lineFeed) ?? source.count
    let wasComment = mode == .comment
    let last = source[start..<end].last { !Self.isSpace($0) }
    position = min(end + 1, source.count)
    line = startLine + (end < source.count ? 1 : 0)
    lineStart = position
    let brace = startPlace
    let read = words
    words = []
    beginAnew()
    if wasComment {
      words = read
      return nil
    }
    // What the broken statement was meant to say is unknown, but its block must stay balanced.
    return last == UInt8(ascii: "{") ? .blockStart(brace: brace) : nil
  }
}
