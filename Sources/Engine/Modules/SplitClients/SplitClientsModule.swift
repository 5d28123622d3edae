import Bytes
import Config

extension Module {
  /// Variables that divide clients into groups.
  static let splitClients: Module = {
    var module = Module("ngx_http_split_clients_module")
    module.directives = [SplitClientsBlock.directive]
    return module
  }()
}

/// Reads `split_clients`.
enum SplitClientsBlock {
  /// A group: its values end below this point of the 32-bit hash; nil takes the rest.
  private typealias Part = (end: UInt64?, value: ByteString)

  static let directive = Directive(
    block: "split_clients", "string $variable", count: 2...2, in: .http,
    "Makes a variable whose value depends on the hash of a text, in given shares."
  ) { (statement, level) throws(Diagnostic) in
    let source = try level.template(statement.arguments[0], of: statement)
    let name = statement.arguments[1]
    guard name.text.hasPrefix("$") else {
      throw .custom("invalid variable name \"\(name.text)\"", at: statement, word: name)
    }
    let parts = try parts(statement)
    try level.load.variables.define(name.text.dropFirst(1), at: statement) { exchange, output in
      let hash = UInt64(MurmurHash.hash(of: source.value(for: exchange)))
      guard let part = parts.first(where: { $0.end.map { hash < $0 } ?? true }) else {
        return false
      }
      output.append(part.value)
      return true
    }
  }

  private static func parts(_ statement: Statement) throws(Diagnostic) -> [Part] {
    var parts: [Part] = []
    var sum = 0
    for entry in statement.block ?? [] {
      guard entry.arguments.count == 1, entry.block == nil else {
        throw .custom("invalid number of the split_clients parameters", at: entry)
      }
      let value = entry.arguments[0].text
      if entry.name.text == "*" {
        parts.append((nil, value))
        continue
      }
      guard let hundredths = hundredths(entry.name.text), hundredths > 0 else {
        throw .custom(
          "invalid percent value \"\(entry.name.text)\"", at: entry, word: entry.name)
      }
      sum += hundredths
      guard sum <= 10_000 else {
        throw .custom("percent total is greater than 100%", at: entry)
      }
      parts.append((UInt64(sum) * 0xFFFF_FFFF / 10_000, value))
    }
    return parts
  }

  /// The hundredths of a percent of a text such as `0.5%`; nil where the text is none.
  private static func hundredths(_ text: ByteString) -> Int? {
    guard text.hasSuffix("%") else { return nil }
    let number = text[0..<text.count - 1]
    guard let dot = number.firstIndex(of: UInt8(ascii: ".")) else {
      return number.decimalNumber.map { $0 * 100 }
    }
    let fraction = number.dropFirst(dot + 1)
    guard fraction.count <= 2, let whole = dot == 0 ? 0 : number[0..<dot].decimalNumber,
      let part = fraction.decimalNumber
    else { return nil }
    return whole * 100 + part * (fraction.count == 1 ? 10 : 1)
  }
}

/// MurmurHash2 by Austin Appleby, which nginx's `split_clients` uses.
enum MurmurHash {
  static func hash(of text: ByteString) -> UInt32 {
    let factor: UInt32 = 0x5BD1_E995
    var hash = UInt32(truncatingIfNeeded: text.count)
    var index = 0
    while text.count - index >= 4 {
      var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(text[index + $1]) << UInt32(8 * $1) }
      word = word &* factor
      word ^= word >> 24
      word = word &* factor
      hash = hash &* factor ^ word
      index += 4
    }
    if index < text.count {
      for place in index..<text.count { hash ^= UInt32(text[place]) << UInt32(8 * (place - index)) }
      hash = hash &* factor
    }
    hash ^= hash >> 13
    hash = hash &* factor
    return hash ^ hash >> 15
  }
}
