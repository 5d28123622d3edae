import Bytes

/// A command of a document: `<!--#echo var="name" -->`.
struct SSICommand: Equatable {
  /// In lower case.
  var name = ByteString()
  var parameters: [(name: ByteString, value: ByteString)] = []

  /// The command as it stands in the document.
  var raw = ByteString()

  /// The value of a parameter; nil where the command has none of that name.
  subscript(name: ByteString) -> ByteString? {
    parameters.first { $0.name == name }?.value
  }

  static func == (left: SSICommand, right: SSICommand) -> Bool {
    left.name == right.name && left.raw == right.raw
  }
}

/// Finds the commands in a document that comes in pieces.
struct SSIParser {
  /// What comes next.
  enum Event: Equatable {
    case text(ByteString)
    case command(SSICommand)
    /// Something that begins as a command does and is none; the sentence says why.
    case invalid(String)
  }

  /// The longest value, in bytes.
  let maximumValueCount: Int

  /// The longest command, in bytes; longer ones are invalid.
  static let maximumCommandCount = 65_536

  private static let opening: [UInt8] = Array("<!--#".utf8)
  private static let closing: [UInt8] = Array("-->".utf8)

  private var pending: [UInt8] = []

  /// How many of the bytes have been taken.
  private var taken = 0

  init(maximumValueCount: Int = 255) { self.maximumValueCount = maximumValueCount }

  /// The number of bytes that wait.
  var pendingCount: Int { pending.count - taken }

  /// Adds a part of the document.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if taken > pending.count / 2 {
      pending.removeSubrange(0..<taken)
      taken = 0
    }
    pending.append(contentsOf: bytes)
  }

  /// Takes what comes next.
  ///
  /// - Parameter isLast: Whether the document ends behind what has been added.
  /// - Returns: nil where more is needed.
  mutating func next(isLast: Bool) -> Event? {
    guard pendingCount > 0 else { return nil }
    guard let start = startOfCommand(isLast: isLast) else { return takeText(to: pending.count) }
    if start > taken { return takeText(to: start) }
    if pendingCount < SSIParser.opening.count { return nil }
    return takeCommand(isLast: isLast)
  }

  private mutating func takeText(to end: Int) -> Event {
    defer { taken = end }
    return .text(ByteString(pending[taken..<end]))
  }

  /// Where a command begins, or may begin; nil where there is only text.
  private func startOfCommand(isLast: Bool) -> Int? {
    var index = taken
    while let start = pending[index...].firstIndex(of: SSIParser.opening[0]) {
      let count = min(SSIParser.opening.count, pending.count - start)
      let isAlike = pending[start..<start + count].elementsEqual(SSIParser.opening[0..<count])
      if isAlike, count == SSIParser.opening.count || !isLast { return start }
      index = start + 1
    }
    return nil
  }

  private mutating func takeCommand(isLast: Bool) -> Event? {
    var reader = SSICommandReader(
      pending, from: taken + SSIParser.opening.count, maximumValueCount)
    switch reader.read() {
    case .complete(var command, let end):
      command.raw = ByteString(pending[taken..<end])
      taken = end
      return .command(command)
    case .invalid(let sentence):
      if let end = endOfCommand {
        taken = end
        return .invalid(sentence)
      }
      return giveUp(sentence, isLast)
    case .incomplete: return giveUp("unexpected end of SSI command", isLast)
    }
  }

  /// Drops a command without an end, once it is certain that it has none.
  private mutating func giveUp(_ sentence: String, _ isLast: Bool) -> Event? {
    guard isLast || pendingCount > SSIParser.maximumCommandCount else { return nil }
    taken = pending.count
    return .invalid(sentence)
  }

  /// Where a command ends that is none.
  private var endOfCommand: Int? {
    var index = taken + SSIParser.opening.count
    while index + 3 <= pending.count {
      if pending[index..<index + 3].elementsEqual(SSIParser.closing) { return index + 3 }
      index += 1
    }
    return nil
  }
}

/// Reads one command behind its `<!--#`.
private struct SSICommandReader {
  enum Outcome {
    case complete(SSICommand, end: Int)
    case invalid(String)
    case incomplete
  }

  private let bytes: [UInt8]
  private var index: Int
  private let maximumValueCount: Int

  init(_ bytes: [UInt8], from start: Int, _ maximumValueCount: Int) {
    self.bytes = bytes
    index = start
    self.maximumValueCount = maximumValueCount
  }

  mutating func read() -> Outcome {
    var command = SSICommand()
    skipBlanks()
    command.name = takeName()
    guard index < bytes.count else { return .incomplete }
    while true {
      skipBlanks()
      guard index < bytes.count else { return .incomplete }
      if bytes[index] == UInt8(ascii: "-") { return end(of: command) }
      let name = takeName()
      guard index < bytes.count else { return .incomplete }
      guard !name.isEmpty else {
        return .invalid("invalid symbol in the \"\(command.name)\" SSI command")
      }
      switch takeValue(of: name) {
      case .value(let value): command.parameters.append((name, value))
      case .invalid(let sentence): return .invalid(sentence)
      case .incomplete: return .incomplete
      }
    }
  }

  private func end(of command: SSICommand) -> Outcome {
    guard bytes.count >= index + 3 else { return .incomplete }
    guard bytes[index + 1] == UInt8(ascii: "-"), bytes[index + 2] == UInt8(ascii: ">") else {
      return .invalid("invalid end of the \"\(command.name)\" SSI command")
    }
    return .complete(command, end: index + 3)
  }

  private mutating func skipBlanks() {
    while index < bytes.count, [32, 9, 13, 10].contains(bytes[index]) { index += 1 }
  }

  /// Letters, digits and `_`, in lower case.
  private mutating func takeName() -> ByteString {
    let start = index
    while index < bytes.count,
      ASCII.isAlphanumeric(bytes[index]) || bytes[index] == UInt8(ascii: "_")
    {
      index += 1
    }
    return ByteString(bytes[start..<index]).lowercased
  }

  private enum Value {
    case value(ByteString)
    case invalid(String)
    case incomplete
  }

  /// The value between quotation marks of either kind.
  private mutating func takeValue(of name: ByteString) -> Value {
    skipBlanks()
    guard index < bytes.count else { return .incomplete }
    guard bytes[index] == UInt8(ascii: "=") else {
      return .invalid("no value of the \"\(name)\" SSI parameter")
    }
    index += 1
    skipBlanks()
    guard index < bytes.count else { return .incomplete }
    let quote = bytes[index]
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      return .invalid("the value of the \"\(name)\" SSI parameter is not quoted")
    }
    index += 1
    var value = ByteString()
    while index < bytes.count, bytes[index] != quote {
      // A mark of the same kind may be escaped; other escapes are of the value itself.
      if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == quote {
        index += 1
      }
      value.append(bytes[index])
      index += 1
    }
    guard index < bytes.count else { return .incomplete }
    index += 1
    guard value.count <= maximumValueCount else {
      return .invalid("too long \"\(name)\" SSI parameter")
    }
    return .value(value)
  }
}
