package import Bytes
package import Config

/// The variables that a configuration mentions or defines, while it is being read.
///
/// A variable may be mentioned above its definition, so names become numbers at once and the
/// numbers get their meaning when everything has been read.
package final class VariableTable {
  /// A definition by the configuration: `set`, `map` or a named group.
  private struct Definition {
    var evaluate: Variable.Evaluate
    var isKept: Bool
  }

  private struct Entry {
    let name: ByteString
    var firstMention: Mention?

    /// The first mention that counts only where a server inherits it.
    var inheritedMention: Mention?
    var definition: Definition?
  }

  /// Where a variable is mentioned.
  private final class Mention {
    private let statement: Statement
    private let word: Word?

    init(_ statement: Statement, _ word: Word?) {
      self.statement = statement
      self.word = word
    }

    /// What there is to say where the variable has no meaning; nginx gives no place.
    func unknown(_ name: ByteString) -> Diagnostic {
      .custom("unknown \"\(name)\" variable", at: statement, word: word)
    }
  }

  private var numbers: [ByteString: Int] = [:]
  private var entries: [Entry] = []
  private let known: VariableNames

  /// A word with variables, as it was written.
  private struct Text: Hashable {
    let text: ByteString
    let isInherited: Bool
  }

  /// The templates of all words with variables so far: many blocks have the same.
  private var templates: [Text: Template] = [:]

  /// A table of the variables that modules define.
  package init(_ variables: [Variable]) {
    known = VariableNames(variables)
  }

  /// The number of a variable that a statement mentions.
  ///
  /// - Parameter isInherited: Whether the mention counts only where a server inherits it.
  package func number(
    of name: ByteString, mentionedAt statement: Statement?, word: Word? = nil,
    isInherited: Bool = false
  ) -> Int {
    let name = name.lowercased
    let number = numbers[name] ?? entries.count
    if number == entries.count {
      numbers[name] = number
      entries.append(Entry(name: name))
    }
    guard let statement else { return number }
    if isInherited {
      if entries[number].inheritedMention == nil {
        entries[number].inheritedMention = Mention(statement, word)
      }
    } else if entries[number].firstMention == nil {
      entries[number].firstMention = Mention(statement, word)
    }
    return number
  }

  /// The template of a word with variables, which is made once.
  func template(
    of text: ByteString, isInherited: Bool, _ make: () throws(Diagnostic) -> Template
  ) throws(Diagnostic) -> Template {
    let key = Text(text: text, isInherited: isInherited)
    if let template = templates[key] { return template }
    let template = try make()
    templates[key] = template
    return template
  }

  /// Gives a variable a meaning of the configuration's own.
  ///
  /// - Parameters:
  ///   - isKept: Whether a request computes the value once.
  ///   - evaluate: Appends the value; false where there is none. nil for variables that only `set`
  ///     and named groups give values to.
  ///   - weakly: Whether any other definition of the name goes first.
  /// - Throws: `the duplicate "…" variable` where a fixed variable has that name.
  /// - Returns: The variable's number.
  @discardableResult
  package func define(
    _ name: ByteString, at statement: Statement, isKept: Bool = false, weakly: Bool = false,
    evaluate: Variable.Evaluate? = nil
  ) throws(Diagnostic) -> Int {
    let lowered = name.lowercased
    if let variable = known.single[lowered], !variable.isChangeable {
      throw .custom("the duplicate \"\(name)\" variable", at: statement)
    }
    let number = number(of: lowered, mentionedAt: nil)
    if let evaluate, !weakly {
      entries[number].definition = Definition(evaluate: evaluate, isKept: isKept)
    } else if entries[number].definition == nil, known.find(lowered) == nil {
      entries[number].definition = Definition(
        evaluate: evaluate ?? { _, _ in false }, isKept: isKept)
    }
    return number
  }

  /// Returns the meaning of every number, and diagnostics in nginx's order for those without one.
  ///
  /// - Parameter hasServers: Whether there is a server to inherit settings.
  package func resolve(
    hasServers: Bool
  ) -> (variables: [ResolvedVariable], diagnostics: [Diagnostic]) {
    // nginx meets what servers inherit once everything has been read.
    var (met, inherited): ([Diagnostic], [Diagnostic]) = ([], [])
    let variables = entries.map { entry in
      if let definition = entry.definition {
        return ResolvedVariable(
          name: entry.name, evaluate: definition.evaluate,
          assign: known.single[entry.name]?.assign, isKept: definition.isKept)
      }
      if let known = resolvedKnown(entry.name) { return known }
      if let mention = entry.firstMention {
        met.append(advised(mention.unknown(entry.name), about: entry.name, number: met.count))
      } else if hasServers, let mention = entry.inheritedMention {
        inherited.append(
          advised(mention.unknown(entry.name), about: entry.name, number: inherited.count))
      }
      return ResolvedVariable(
        name: entry.name, evaluate: { _, _ in false }, assign: nil, isKept: false)
    }
    return (variables, met.sorted { $0.order < $1.order } + inherited)
  }

  private func resolvedKnown(_ name: ByteString) -> ResolvedVariable? {
    guard let (variable, rest) = known.find(name) else { return nil }
    return ResolvedVariable(
      name: name, evaluate: variable.evaluator(rest), assign: variable.assign,
      isKept: variable.isKept)
  }

  private func advised(
    _ mention: Diagnostic, about name: ByteString, number: Int
  ) -> Diagnostic {
    if let note = Advice.definition(ofVariable: name) { return mention.noting(note) }
    guard number < Advice.maximumCount else { return mention }
    return mention.suggesting(nearestName(to: name))
  }

  /// Whether a variable has a meaning so far.
  func isKnown(_ name: ByteString) -> Bool {
    let name = name.lowercased
    return known.find(name) != nil
      || numbers[name].map { entries[$0].definition != nil } ?? false
  }

  private func nearestName(to name: ByteString) -> String? {
    SpellingSuggestion.nearest(
      to: name,
      among: known.single.keys.map(\.string)
        + entries.compactMap {
          $0.definition == nil ? nil : $0.name.string
        })
  }
}
