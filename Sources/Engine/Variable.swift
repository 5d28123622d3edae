package import Bytes

/// A variable of nginx's language, or a family of them: name, manual and value, in one row.
package struct Variable: Sendable {
  /// How a value is produced: appended to the buffer; false where the variable has none.
  package typealias Evaluate =
    @Sendable (
      _ exchange: Exchange, _ name: ByteString, _ output: ByteBuffer
    ) -> Bool

  /// The whole name, or the beginning of the names of a family.
  package let name: String

  /// Whether ``name`` is the beginning of a family, such as `http_`.
  package let isFamily: Bool

  /// What the value is, in one sentence.
  package let summary: String

  let evaluate: Evaluate

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
    self.init(name: name, isFamily: false, summary: summary) { exchange, _, output in
      guard let value = value(exchange) else { return false }
      output.append(value)
      return true
    }
  }

  /// A variable that writes its value, which saves a copy where it is made of parts.
  package init(
    writing name: String, _ summary: String,
    evaluate: @escaping @Sendable (_ exchange: Exchange, _ output: ByteBuffer) -> Bool
  ) {
    self.init(name: name, isFamily: false, summary: summary) { exchange, _, output in
      evaluate(exchange, output)
    }
  }

  /// A family of variables; the closure gets the rest of the name.
  package init(
    family name: String, _ summary: String,
    evaluate:
      @escaping @Sendable (
        _ exchange: Exchange, _ rest: ByteString, _ output: ByteBuffer
      ) -> Bool
  ) {
    self.init(
      name: name, isFamily: true, summary: summary, evaluate: evaluate)
  }

  private init(name: String, isFamily: Bool, summary: String, evaluate: @escaping Evaluate) {
    self.name = name
    self.isFamily = isFamily
    self.summary = summary
    self.evaluate = evaluate
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
///
/// Soundness: the list keeps the variables that its memory refers to, and neither ever changes.
package final class VariableList: @unchecked Sendable {
  private let variables: [ResolvedVariable]
  private let references: UnsafeMutablePointer<Unmanaged<ResolvedVariable>>

  package init(_ variables: [ResolvedVariable]) {
    self.variables = variables
    references = .allocate(capacity: max(1, variables.count))
    for (index, variable) in variables.enumerated() {
      (references + index).initialize(to: .passUnretained(variable))
    }
  }

  deinit { references.deallocate() }

  /// The number of variables.
  package var count: Int { variables.count }

  /// A variable by its number.
  package subscript(number: Int) -> ResolvedVariable { variables[number] }

  /// The number of a variable; nil where the configuration does not mention it.
  func number(of name: ByteString) -> Int? { variables.firstIndex { $0.name == name } }

  /// Whether the configuration mentions a variable.
  func mentions(_ name: ByteString) -> Bool { variables.contains { $0.name == name } }

  /// Calls a function with a variable, without counting a reference to what all loops share.
  func withVariable<Result>(_ number: Int, _ body: (ResolvedVariable) -> Result) -> Result {
    precondition(number >= 0 && number < variables.count)
    return references[number]._withUnsafeGuaranteedRef(body)
  }
}

/// A variable that the configuration mentions, resolved: what a request evaluates.
package final class ResolvedVariable: Sendable {
  /// The name, in lower case.
  package let name: ByteString

  /// Appends the value; false where there is none.
  let evaluate: @Sendable (_ exchange: Exchange, _ output: ByteBuffer) -> Bool

  /// What `set` does instead of storing the value.
  let assign: (@Sendable (_ exchange: Exchange, _ value: ByteString) -> Void)?

  /// Whether the value is computed once for each request, as that of `map`.
  let isKept: Bool

  init(
    name: ByteString,
    evaluate: @escaping @Sendable (_ exchange: Exchange, _ output: ByteBuffer) -> Bool,
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
