import Bytes
package import Config

/// A directive of nginx's language: everything that is known of it, in one row.
package final class Directive: Sendable {
  /// The name in a configuration.
  package let name: String

  /// The argument part of the documented syntax, such as `time` or `on | off`.
  package let syntax: String

  /// How many words follow the name.
  package let count: ClosedRange<Int>

  /// The blocks in which it may stand.
  package let contexts: Contexts

  /// What the directive does, in one sentence.
  package let summary: String

  /// Whether the directive opens a block.
  package let isBlock: Bool

  /// Whether it changes anything here; some directives only tune nginx's insides.
  package let hasEffect: Bool

  /// The initial value in nginx's notation; nil where there is none.
  package let defaultText: String?

  /// Whether the block holds values instead of directives, and is read before blocks that inherit
  /// them.
  package let isTable: Bool

  let apply: @Sendable (_ statement: Statement, _ level: Level) throws(Diagnostic) -> Void

  init(
    name: String, syntax: String, count: ClosedRange<Int>, contexts: Contexts, summary: String,
    isBlock: Bool = false, hasEffect: Bool = true, defaultText: String? = nil,
    isTable: Bool = false,
    apply: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void
  ) {
    self.name = name
    self.syntax = syntax
    self.count = count
    self.contexts = contexts
    self.summary = summary
    self.isBlock = isBlock
    self.hasEffect = hasEffect
    self.defaultText = defaultText
    self.isTable = isTable
    self.apply = apply
  }
}

extension Directive {
  /// A directive that acts: it does more than set one value.
  package convenience init(
    _ name: String, _ syntax: String, count: ClosedRange<Int>, in contexts: Contexts,
    _ summary: String,
    apply: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void
  ) {
    self.init(
      name: name, syntax: syntax, count: count, contexts: contexts, summary: summary, apply: apply)
  }

  /// A directive that opens a block.
  package convenience init(
    block name: String, _ syntax: String, count: ClosedRange<Int>, in contexts: Contexts,
    _ summary: String,
    apply: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void
  ) {
    self.init(
      name: name, syntax: syntax, count: count, contexts: contexts, summary: summary,
      isBlock: true, apply: apply)
  }

  /// A directive whose value a closure stores, each time that it is used in a block.
  convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>, in contexts: Contexts, _ summary: String,
    storing store: @escaping @Sendable (Value, Level) -> Void
  ) {
    self.init(
      name, type.syntax, count: type.count, in: contexts, summary
    ) { (statement, level) throws(Diagnostic) in
      store(try type.parse(statement, level), level)
    }
  }

  /// A directive whose value a closure stores, and that may be used once in a block.
  convenience init<Value: Sendable>(
    once name: String, _ type: ArgumentType<Value>, in contexts: Contexts, _ summary: String,
    storing store: @escaping @Sendable (Value, Level) -> Void
  ) {
    self.init(
      name, type.syntax, count: type.count, in: contexts, summary
    ) { (statement, level) throws(Diagnostic) in
      let value = try type.parse(statement, level)
      try level.markUsed(name, by: statement)
      store(value, level)
    }
  }

  /// A directive that sets one value, and may be used once in a block.
  package convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    sets setting: @escaping @autoclosure @Sendable () -> SettingPath<Value>,
    in contexts: Contexts, _ summary: String
  ) {
    self.init(once: name, type, in: contexts, summary) { $1.settings.set(setting(), to: $0) }
  }

  /// A directive that sets one value that is otherwise unset.
  package convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    sets setting: @escaping @autoclosure @Sendable () -> SettingPath<Value?>,
    in contexts: Contexts, _ summary: String
  ) {
    self.init(once: name, type, in: contexts, summary) { $1.settings.set(setting(), to: $0) }
  }

  /// A directive that chooses some of a fixed set of words, and may be used many times in a block:
  /// later uses add to the first, which drops what is inherited.
  package convenience init<Value: OptionSet & Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    sets setting: @escaping @autoclosure @Sendable () -> SettingPath<Value>,
    in contexts: Contexts, _ summary: String
  ) {
    self.init(name, type, in: contexts, summary) { value, level in
      let isFirst = level.namesUsed.insert(name).inserted
      level.settings.change(setting()) { $0 = isFirst ? value : $0.union(value) }
    }
  }

  /// A directive that sets one value, and may be used many times in a block: the last use holds.
  package convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    setsAnew setting: @escaping @autoclosure @Sendable () -> SettingPath<Value>,
    in contexts: Contexts, _ summary: String
  ) {
    self.init(name, type, in: contexts, summary) { $1.settings.set(setting(), to: $0) }
  }

  /// A directive that adds to a list, and may be used many times in a block.
  ///
  /// Its first use in a block drops the inherited list, because nginx inherits such a directive
  /// only where the current level has none of its own (see `proxy_set_header`).
  package convenience init<Element: Sendable>(
    _ name: String, _ type: ArgumentType<Element>,
    appendsTo setting: @escaping @autoclosure @Sendable () -> SettingPath<[Element]>,
    in contexts: Contexts, _ summary: String
  ) {
    self.init(name, type, in: contexts, summary) { element, level in
      let isFirst = level.namesUsed.insert(name).inserted
      level.settings.change(setting()) {
        if isFirst { $0 = [] }
        $0.append(element)
      }
    }
  }

  /// A directive that tunes nginx's insides: its arguments are checked and nothing else happens.
  package convenience init<Value: Sendable>(
    withoutEffect name: String, _ type: ArgumentType<Value>, in contexts: Contexts,
    _ summary: String
  ) {
    self.init(
      name: name, syntax: type.syntax, count: type.count, contexts: contexts, summary: summary,
      hasEffect: false
    ) { (statement, level) throws(Diagnostic) in
      _ = try type.parse(statement, level)
      try level.markUsed(name, by: statement)
    }
  }
}

extension Directive {
  /// A directive whose block is a table of values that inner blocks inherit, such as `types`.
  package convenience init(
    table name: String, _ syntax: String, count: ClosedRange<Int>, in contexts: Contexts,
    _ summary: String,
    apply: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Void
  ) {
    self.init(
      name: name, syntax: syntax, count: count, contexts: contexts, summary: summary,
      isBlock: true, isTable: true, apply: apply)
  }

  /// The directive with an initial value that its setting does not tell.
  package func with(defaultText: String) -> Directive {
    Directive(
      name: name, syntax: syntax, count: count, contexts: contexts, summary: summary,
      isBlock: isBlock, hasEffect: hasEffect, defaultText: defaultText, isTable: isTable,
      apply: apply)
  }

  /// The directive with something to be done after its value was set.
  package func then(_ body: @escaping @Sendable (Level) -> Void) -> Directive {
    Directive(
      name: name, syntax: syntax, count: count, contexts: contexts, summary: summary,
      isBlock: isBlock, hasEffect: hasEffect, defaultText: defaultText, isTable: isTable
    ) { [apply] (statement, level) throws(Diagnostic) in
      try apply(statement, level)
      body(level)
    }
  }
}
