package import Bytes

/// A variable of nginx's language, or a family of them: name, manual and value, in one row.
package struct Variable: Sendable {
  /// How a value is produced: appended to the buffer; false where the variable has none.
  package typealias Evaluate = @Sendable (_ exchange: Exchange, _ output: ByteBuffer) -> Bool

  /// The whole name, or the beginning of the names of a family.
  package let name: String

  /// Whether ``name`` is the beginning of a family, such as `http_`.
  package let isFamily: Bool

  /// What the value is, in one sentence.
  package let summary: String

  /// Makes what evaluates a variable that the configuration mentions, from the part of its name
  /// that ``name`` leaves open.
  let evaluator: @Sendable (_ rest: ByteString) -> Evaluate

  /// What `set` does to it; nil where a configuration cannot change the variable.
  package var assign: (@Sendable (_ exchange: Exchange, _ value: ByteString) -> Void)?

  /// Whether the value is computed once for each request.
  package var isKept = false

  /// Whether another definition in the configuration may take its place.
  package var isChangeable = false

  /// A variable whose value is at hand or computed.
  package init(
    _ name: String, _ summary: String, value: @escaping @Sendable (Exchange) -> ByteString?
  ) {
    self.init(writing: name, summary) { exchange, output in
      guard let value = value(exchange) else { return false }
      output.append(value)
      return true
    }
  }

  /// A variable that writes its value, which saves a copy where it is made of parts.
  package init(
    writing name: String, _ summary: String,
    evaluate: @escaping Evaluate
  ) {
    self.init(name: name, isFamily: false, summary: summary) { _ in evaluate }
  }

  /// A family of variables; the closure gets the rest of the name.
  package init(
    family name: String, _ summary: String,
    evaluate:
      @escaping @Sendable (
        _ exchange: Exchange, _ rest: ByteString, _ output: ByteBuffer
      ) -> Bool
  ) {
    self.init(making: name, summary) { rest in
      { exchange, output in evaluate(exchange, rest, output) }
    }
  }

  /// A family whose members prepare something from the rest of their names, once and not per
  /// request.
  package init(
    making name: String, _ summary: String,
    evaluator: @escaping @Sendable (_ rest: ByteString) -> Evaluate
  ) {
    self.init(name: name, isFamily: true, summary: summary, evaluator: evaluator)
  }

  private init(
    name: String, isFamily: Bool, summary: String,
    evaluator: @escaping @Sendable (_ rest: ByteString) -> Evaluate
  ) {
    self.name = name
    self.isFamily = isFamily
    self.summary = summary
    self.evaluator = evaluator
  }

  /// The variable, computed once for each request.
  package func kept() -> Variable {
    var variable = self
    variable.isKept = true
    return variable
  }

  /// The variable, which `set`, `map` and the like may define anew.
  package func changeable() -> Variable {
    var variable = self
    variable.isChangeable = true
    return variable
  }

  /// The variable, made assignable by `set`.
  package func assigning(
    _ assign: @escaping @Sendable (_ exchange: Exchange, _ value: ByteString) -> Void
  ) -> Variable {
    var variable = self
    variable.assign = assign
    variable.isChangeable = true
    return variable
  }
}

/// The meaning of the variable numbers in templates.
package typealias VariableList = LentList<ResolvedVariable>

extension LentList<ResolvedVariable> {
  /// The number of a variable; nil where the configuration does not mention it.
  func number(of name: ByteString) -> Int? { firstIndex { $0.name == name } }

  /// Whether the configuration mentions a variable.
  func mentions(_ name: ByteString) -> Bool { number(of: name) != nil }
}

/// A variable that the configuration mentions, resolved: what a request evaluates.
package final class ResolvedVariable: Sendable {
  /// The name, in lower case.
  package let name: ByteString

  /// Appends the value; false where there is none.
  let evaluate: Variable.Evaluate

  /// What `set` does instead of storing the value.
  let assign: (@Sendable (_ exchange: Exchange, _ value: ByteString) -> Void)?

  /// Whether the value is computed once for each request, as that of `map`.
  let isKept: Bool

  init(
    name: ByteString,
    evaluate: @escaping Variable.Evaluate,
    assign: (@Sendable (_ exchange: Exchange, _ value: ByteString) -> Void)?, isKept: Bool
  ) {
    self.name = name
    self.evaluate = evaluate
    self.assign = assign
    self.isKept = isKept
  }
}

/// Variables by their names.
struct VariableNames: Sendable {
  /// Those with a name of their own.
  let single: [ByteString: Variable]

  private let families: [Variable]

  init(_ variables: [Variable]) {
    single = Dictionary(
      variables.filter { !$0.isFamily }.map { (ByteString($0.name), $0) },
      uniquingKeysWith: { first, _ in first })
    families = variables.filter(\.isFamily)
  }

  /// The variable of a name in lower case, and what its family still needs of the name; nil where
  /// there is none.
  func find(_ name: ByteString) -> (variable: Variable, rest: ByteString)? {
    if let variable = single[name] { return (variable, name) }
    guard let family = families.first(where: { name.hasPrefix(ByteString($0.name)) }) else {
      return nil
    }
    return (family, name.dropFirst(family.name.utf8.count))
  }
}
