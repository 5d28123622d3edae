package import Bytes
import Config

/// Every directive that this program or nginx knows, by name.
package enum Catalogue {
  /// The directives by name; several rows may share a name in different contexts.
  private static let rows: [ByteString: [Directive]] = Dictionary(
    grouping: Modules.all.flatMap(\.directives), by: { ByteString($0.name) })

  /// The same, for statements: many ask for few names.
  private static let table = NameTable(rows.mapValues(SameNamed.init))

  /// Finds the row of a statement and checks context, form and number of arguments.
  ///
  /// - Throws: nginx's own sentence, in the order in which nginx checks.
  static func directive(
    for statement: Statement, in context: Contexts
  ) throws(Diagnostic) -> Directive {
    guard let candidates = table[statement.name.text]?.object.directives else {
      throw unknown(statement)
    }
    guard let directive = candidates.first(where: { $0.contexts.contains(context) }) else {
      if context.isInStream, KnownDirectives.ofStream.contains(statement.name.text) {
        throw .unsupported(statement)
      }
      throw .notAllowedHere(statement)
    }
    if !directive.isBlock, statement.block != nil { throw .notTerminated(statement) }
    if directive.isBlock, statement.block == nil { throw .noOpeningBrace(statement) }
    guard directive.count.contains(statement.arguments.count) else {
      throw .invalidArgumentCount(statement)
    }
    return directive
  }

  /// Whether a name is that of a block with values that other blocks inherit.
  static func isTable(_ name: ByteString) -> Bool {
    table[name]?.object.isTable ?? false
  }

  /// Where a directive may stand that stands elsewhere: in the same world, if it may.
  static func places(for statement: Statement, elsewhereThan context: Contexts) -> Contexts {
    let all = (rows[statement.name.text] ?? []).filter { $0.isBlock == (statement.block != nil) }
      .reduce(into: Contexts()) { $0.formUnion($1.contexts) }
    let near = context.isInStream ? all.intersection(.ofStream) : all.subtracting(.ofStream)
    return near.isEmpty ? all : near
  }

  private static func unknown(_ statement: Statement) -> Diagnostic {
    let name = statement.name.text
    if KnownDirectives.names.contains(name) { return .unsupported(statement) }
    if KnownDirectives.loadable.contains(name) {
      return .unknownDirective(statement)
        .noting("nginx has it in a module to be loaded; apus has no such module")
    }
    let names = rows.keys.map(\.string)
    let nearest = SpellingSuggestion.nearest(to: name, among: names)
    if let nearest, nearest.hasPrefix(name.string) {
      return .unknownDirective(statement, suggestion: nearest)
    }
    return .unknownDirective(statement, suggestion: abbreviated(name.string, names) ?? nearest)
  }

  /// The shortest name that begins with a part of one of its words.
  private static func abbreviated(_ text: String, _ names: [String]) -> String? {
    guard text.utf8.count >= 4 else { return nil }
    return names.filter { $0.hasPrefix(text) && !$0.dropFirst(text.count).hasPrefix("_") }
      .min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
  }

  /// Whether nginx has a directive, whether or not this program has it.
  static func isKnownToNginx(_ name: ByteString) -> Bool {
    rows[name] != nil || KnownDirectives.names.contains(name)
  }

  /// The first row of a name, wherever it may stand.
  static func row(of name: ByteString) -> Directive? { rows[name]?.first }

  /// The row of a name in a context; nil where it may not stand there.
  static func row(of name: ByteString, in context: Contexts) -> Directive? {
    rows[name]?.first { $0.contexts.contains(context) }
  }

  /// The names of all directives that may stand in a context, and do something there.
  static func names(in context: Contexts) -> [String] {
    rows.keys.filter { hasEffect($0, in: context) }.map(\.string)
  }

  /// Whether a directive may stand in a context, and does something there.
  package static func hasEffect(_ name: ByteString, in contexts: Contexts) -> Bool {
    rows[name]?.contains { $0.hasEffect && !$0.contexts.isDisjoint(with: contexts) } ?? false
  }

  /// The contexts in which a name may stand; empty for unknown names.
  package static func contexts(of name: ByteString) -> Contexts {
    (rows[name] ?? []).reduce(into: []) { $0.formUnion($1.contexts) }
  }
}

/// The directives of one name.
private final class SameNamed: Sendable {
  let directives: [Directive]

  /// Whether any of them is a table.
  let isTable: Bool

  init(_ directives: [Directive]) {
    self.directives = directives
    isTable = directives.contains(where: \.isTable)
  }
}
