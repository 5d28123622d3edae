import Bytes
import Config

/// `if`: steps and settings that apply where a condition holds.
enum IfBlock {
  static let directives: [Directive] = [
    Directive(
      block: "if", "(condition)", count: 1...Int.max, in: [.server, .location],
      "Holds steps and settings for requests that meet a condition.", apply: read)
  ]

  @Sendable private static func read(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    guard let outer = level.location else { return }
    let condition = try ConditionParser(statement, level).parse()
    let isInServer = level.context == .server
    let draft = LocationDraft(
      kind: .conditional, name: outer.name, statement: statement, inheriting: level.inherited,
      parent: outer)
    let inner = Level(
      context: isInServer ? .ifInServer : .ifInLocation, load: level.load,
      inheriting: level.inherited, server: level.server, location: draft)
    level.load.read(statement.block ?? [], into: inner)
    draft.inherited = inner.inherited
    outer.appendStep(to: draft, at: statement) { outer, load in
      If(
        condition: condition, block: draft.inheritingHandler(of: outer, load),
        isInServer: isInServer)
    }
  }
}

/// The step that an `if` block is.
private struct If: RewriteStep {
  let condition: Condition
  let block: Location

  /// Whether the block only has steps: a server has no settings but its own.
  let isInServer: Bool

  func run(_ exchange: Exchange) throws(Failure) -> RewriteOutcome {
    guard condition.holds(for: exchange) else { return .next }
    if !isInServer {
      // The handler of an earlier block stays chosen, but what it needs is not in this one.
      if !block.hasHandler, exchange.location.hasHandler, exchange.location.isConditional {
        exchange.logError(.error, "no upstream configuration in the \"if\" block that holds last")
        throw .status(500)
      }
      exchange.location = block
    }
    return try exchange.run(block.script)
  }
}
