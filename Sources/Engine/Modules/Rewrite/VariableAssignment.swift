import Bytes
import Config
import Wire

/// `set`: gives a variable a value.
struct VariableAssignment: RewriteStep {
  private let variable: Int
  private let value: Template

  init(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let word = statement.arguments[0]
    guard word.text.hasPrefix("$"), word.text.count > 1 else {
      throw .custom("invalid variable name \"\(word.text)\"", at: statement, word: word)
    }
    let name = word.text.dropFirst(1)
    variable = try level.load.variables.define(name, at: statement, weakly: true) {
      exchange, _ in
      if exchange.settings.rewrite.warnsOfUninitialized {
        exchange.logError(.warn, "using uninitialized \"\(name.lowercased)\" variable")
      }
      return true
    }
    value = try level.template(statement.arguments[1], of: statement)
  }

  func run(_ exchange: Exchange) -> RewriteOutcome {
    exchange.setVariable(variable, to: value.scriptValue(for: exchange))
    return .next
  }
}

extension Template {
  /// The value as the steps of the rewrite phase see it: with groups encoded as `rewrite` has it.
  func scriptValue(for exchange: Exchange) -> ByteString {
    if let constant { return constant }
    return exchange.collect {
      append(for: exchange, to: $0, encodingCaptures: exchange.encodesCaptures)
    }
  }

  /// Appends the value for a request.
  ///
  /// - Parameter encodingCaptures: Whether groups are percent-encoded for a query, where the
  ///   client's own path had encoded characters. nginx decodes a path before it is matched.
  func append(
    for exchange: Exchange, to output: ByteBuffer, encodingCaptures: Bool
  ) {
    guard encodingCaptures, usesCaptures, exchange.hasEncodedPath else {
      return append(for: exchange, to: output)
    }
    for part in parts {
      switch part {
      case .text(let range): output.append(text, in: range)
      case .variable(let number): exchange.appendVariable(number, to: output)
      case .capture(let group):
        guard let text = exchange.captures?[group] else { continue }
        output.append(PercentEncoding.encode(text, escaping: .query))
      }
    }
  }
}

extension Exchange {
  /// Whether the path of the request line has `%` or `+`.
  fileprivate var hasEncodedPath: Bool {
    guard let target else { return false }
    let path = request.buffer.bytes(in: target.raw.range).bytes.prefix { $0 != 0x3F && $0 != 0x23 }
    return path.contains { $0 == 0x25 || $0 == 0x2B }
  }
}
