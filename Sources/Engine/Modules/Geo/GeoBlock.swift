import Bytes
import Config
import Sockets

/// Reads `geo`.
struct GeoBlock {
  private var table = GeoTable()
  private let level: Level

  /// Whether the value is looked up each time.
  private var isVolatile = false

  static let directive = Directive(
    block: "geo", "[$address] $variable", count: 1...2, in: .http,
    "Makes a variable whose value depends on an address, usually the client's."
  ) { (statement, level) throws(Diagnostic) in
    var names: [ByteString] = []
    for word in statement.arguments {
      guard word.text.hasPrefix("$") else {
        throw .custom("invalid variable name \"\(word.text)\"", at: statement, word: word)
      }
      names.append(word.text.dropFirst(1))
    }
    let source =
      names.count == 2
      ? level.load.variables.number(of: names[0], mentionedAt: statement) : nil
    var block = GeoBlock(level: level)
    block.read(statement)
    let table = block.table
    try level.load.variables.define(
      names[names.count - 1], at: statement, isKept: !block.isVolatile
    ) { exchange, output in
      guard let value = table.value(for: exchange, addressIn: source) else { return true }
      output.append(value)
      return true
    }
  }

  private init(level: Level) { self.level = level }

  private mutating func read(_ statement: Statement) {
    let entries = statement.block ?? []
    table.hasRanges = entries.contains { $0.name.text == "ranges" && $0.arguments.isEmpty }
    for entry in entries {
      do {
        try read(entry: entry)
      } catch {
        level.load.report(error.advising(about: entry, in: level.load))
      }
    }
  }

  private mutating func read(entry: Statement) throws(Diagnostic) {
    let name = entry.name.text
    guard entry.block == nil else { throw .custom("unexpected \"{\"", at: entry) }
    if entry.arguments.isEmpty, name == "ranges" { return }
    if entry.arguments.isEmpty, name == "volatile" {
      isVolatile = true
      return
    }
    if entry.arguments.isEmpty, name == "proxy_recursive" {
      table.isRecursive = true
      return
    }
    guard entry.arguments.count == 1 else {
      throw .custom("invalid number of the geo parameters", at: entry)
    }
    let value = entry.arguments[0].text
    switch name {
    case "default": table.standard = value
    case "proxy":
      guard let network = CIDR(value) else {
        throw .custom("invalid network \"\(value)\"", at: entry, word: entry.arguments[0])
      }
      table.proxies.networks.append(network)
    case "delete": table.remove(try key(value, entry.arguments[0], entry))
    default: add(try key(name, entry.name, entry), value, entry)
    }
  }

  private mutating func add(_ key: GeoTable.Key, _ value: ByteString, _ entry: Statement) {
    guard let old = table.insert(key, value) else { return }
    level.load.report(
      .custom(
        "duplicate network \"\(entry.name.text)\", value: \"\(value)\", old value: \"\(old)\"",
        at: entry, severity: .warning))
  }

  private func key(
    _ text: ByteString, _ word: Word, _ entry: Statement
  ) throws(Diagnostic) -> GeoTable.Key {
    if table.hasRanges {
      guard let range = GeoTable.Key(range: text) else {
        throw .custom("invalid range \"\(text)\"", at: entry, word: word)
      }
      return range
    }
    guard let network = CIDR(text) else {
      throw .custom("invalid network \"\(text)\"", at: entry, word: word)
    }
    if network.hasMeaninglessBits {
      level.load.report(
        .custom(
          "low address bits of \(text) are meaningless", at: entry, word: word,
          severity: .warning))
    }
    return GeoTable.Key(network)
  }
}
