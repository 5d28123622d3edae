import Bytes
package import Config

/// How the words after a directive's name become a typed value.
package struct ArgumentType<Value: Sendable>: Sendable {
  /// The argument part of the documented syntax, such as `time` or `on | off`.
  package let syntax: String

  /// How many words the directive takes.
  package let count: ClosedRange<Int>

  /// Reads the value; `level` gives access to templates and other tables of the load.
  let parse: @Sendable (_ statement: Statement, _ level: Level) throws(Diagnostic) -> Value

  package init(
    _ syntax: String, count: ClosedRange<Int> = 1...1,
    parse: @escaping @Sendable (Statement, Level) throws(Diagnostic) -> Value
  ) {
    self.syntax = syntax
    self.count = count
    self.parse = parse
  }
}

extension ArgumentType {
  /// The same value for a setting that has none where the directive is not used.
  var optional: ArgumentType<Value?> {
    ArgumentType<Value?>(syntax, count: count) { [parse] (statement, level) throws(Diagnostic) in
      try parse(statement, level)
    }
  }
}

extension ArgumentType where Value == Bool {
  /// `on` or `off`.
  package static var flag: Self {
    Self("on | off") { (statement, _) throws(Diagnostic) in
      let word = statement.arguments[0]
      if word.text.equalsIgnoringCase("on") { return true }
      if word.text.equalsIgnoringCase("off") { return false }
      throw .invalidFlag(word, of: statement)
    }
  }
}

extension ArgumentType where Value == Int {
  /// A whole number that is not negative.
  package static var number: Self {
    Self("number") { (statement, _) throws(Diagnostic) in
      guard let number = statement.arguments[0].text.decimalNumber else {
        throw .invalidNumber(of: statement)
      }
      return number
    }
  }

  /// A whole number within bounds.
  package static func number(in bounds: ClosedRange<Int>) -> Self {
    Self("number") { (statement, level) throws(Diagnostic) in
      let number = try ArgumentType.number.parse(statement, level)
      guard bounds.contains(number) else {
        throw .outOfBounds(statement.arguments[0], of: statement, bounds: bounds)
      }
      return number
    }
  }

  /// A number of bytes such as `512`, `8k` or `1m`.
  ///
  /// Source: nginx, "Configuration file measurement units".
  package static var size: Self {
    Self("size") { (statement, _) throws(Diagnostic) in
      guard let size = Units.size(statement.arguments[0].text) else {
        throw .invalidValue(of: statement)
      }
      return size
    }
  }

  /// A number of bytes that may also be given in gigabytes, such as `2g`.
  package static var offset: Self {
    Self("size") { (statement, _) throws(Diagnostic) in
      guard let size = Units.offset(statement.arguments[0].text) else {
        throw .invalidValue(of: statement)
      }
      return size
    }
  }
}

extension ArgumentType where Value == TimeSpan {
  /// A span of time such as `60`, `500ms` or `1h30m`; a bare number counts seconds.
  ///
  /// Source: nginx, "Configuration file measurement units".
  package static var time: Self {
    Self("time") { (statement, _) throws(Diagnostic) in
      guard let time = Units.milliseconds(statement.arguments[0].text) else {
        throw .invalidValue(of: statement)
      }
      return .milliseconds(time)
    }
  }

  /// A span of time in whole seconds.
  package static var seconds: Self {
    Self("time") { (statement, _) throws(Diagnostic) in
      guard let time = Units.seconds(statement.arguments[0].text) else {
        throw .invalidValue(of: statement)
      }
      return .seconds(time)
    }
  }
}

extension ArgumentType where Value == ByteString {
  /// Any one word.
  static func text(_ syntax: String = "string") -> Self {
    Self(syntax) { statement, _ in statement.arguments[0].text }
  }
}

extension ArgumentType where Value == [ByteString] {
  /// One or more words.
  package static func texts(_ syntax: String = "string ...") -> Self {
    Self(syntax, count: 1...Int.max) { statement, _ in statement.arguments.map(\.text) }
  }
}

extension ArgumentType where Value == Template {
  /// One word that may contain variables.
  package static func template(_ syntax: String = "string") -> Self {
    Self(syntax) { (statement, level) throws(Diagnostic) in
      try level.template(statement.arguments[0], of: statement)
    }
  }
}

extension ArgumentType where Value == Template {
  /// One word that may contain variables; see ``Level/inheritedTemplate(_:of:)``.
  static func inheritedTemplate(_ syntax: String) -> Self {
    Self(syntax) { statement, level in
      level.inheritedTemplate(statement.arguments[0], of: statement)
    }
  }
}

extension ArgumentType where Value == BufferSettings {
  /// A number of buffers and the size of each, such as `8 4k`.
  package static var buffers: Self {
    Self("number size", count: 2...2) { (statement, _) throws(Diagnostic) in
      guard let number = statement.arguments[0].text.decimalNumber, number > 0,
        let size = Units.size(statement.arguments[1].text), size > 0
      else { throw .invalidValue(of: statement) }
      return BufferSettings(number: number, size: size)
    }
  }
}

/// A number of buffers of one size, in bytes.
package struct BufferSettings: Hashable, Sendable {
  package var number: Int
  package var size: Int

  package init(number: Int, size: Int) {
    self.number = number
    self.size = size
  }

  /// The bytes that all buffers hold together.
  package var total: Int { number * size }
}

/// One choice of a fixed set of words.
package protocol Keyword: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension ArgumentType where Value: Keyword {
  /// One of the words of a ``Keyword`` type.
  package static var keyword: Self {
    Self(Value.allCases.map(\.rawValue).joined(separator: " | ")) {
      (statement, _) throws(Diagnostic) in
      let word = statement.arguments[0]
      let lowered = word.text.lowercased.string
      guard let value = Value(rawValue: lowered) else {
        throw .invalidValue(word, of: statement)
      }
      return value
    }
  }
}
