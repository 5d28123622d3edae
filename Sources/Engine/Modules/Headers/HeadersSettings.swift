import Bytes
import Config

/// The settings of `ngx_http_headers_module`.
package struct HeadersSettings: Hashable, Sendable {
  /// How a block gets the fields of the block around it; see `add_header_inherit`.
  enum Inheritance: String, Keyword {
    case off
    /// Only where the block adds none of its own.
    case on
    /// Behind those of the block.
    case merge
  }

  var fields = AddedFields()
  var trailers = AddedFields()
  var expires = Expires.off

  package init() {}

  /// Whether ``enterBlock()`` changes anything.
  var differsInside: Bool { fields.differsInside || trailers.differsInside }

  /// Notes that a block begins, whose directives add to what it inherits.
  mutating func enterBlock() {
    fields.enterBlock()
    trailers.enterBlock()
  }
}

/// The fields of `add_header`, or of `add_trailer`, with what is inherited.
struct AddedFields: Hashable, Sendable {
  private var inherited: [AddedField] = []
  private var own: [AddedField] = []

  /// How the block gets those of the block around it.
  var inheritance = HeadersSettings.Inheritance.on { didSet { update() } }

  /// What is added to a response.
  private(set) var all: [AddedField] = []

  // Only what a response gets.
  func hash(into hasher: inout Hasher) { hasher.combine(all) }

  mutating func append(_ field: AddedField) {
    own.append(field)
    // The lists grow side by side: a copy for each field would make many of them slow.
    switch inheritance {
    case .off, .on:
      if own.count == 1 { all = [] }
      all.append(field)
    case .merge: all.insert(field, at: own.count - 1)
    }
  }

  /// Whether blocks inside start with anything else.
  var differsInside: Bool { !own.isEmpty || inherited.count != all.count }

  mutating func enterBlock() {
    inherited = all
    own = []
    update()
  }

  private mutating func update() {
    switch inheritance {
    case .off: all = own
    case .on: all = own.isEmpty ? inherited : own
    case .merge: all = own + inherited
    }
  }
}

/// One `add_header` or `add_trailer`.
struct AddedField: Hashable, Sendable {
  let spelling: ByteString
  let name: FieldKind
  let value: Template

  /// Whether errors get the field too.
  let isAlways: Bool

  /// What a field does besides being added.
  enum FieldKind: Sendable {
    case plain
    /// Takes the place of the response's own.
    case lastModified
    case entityTag
  }
}

extension HeadersSettings {
  private static let contexts: Contexts = [.http, .server, .location, .ifInLocation]

  static let directives: [Directive] = [
    Directive(
      "add_header", "name value [always]", count: 2...3, in: contexts,
      "Adds a field to responses: to successful ones and redirects, or to all."
    ) { (statement, level) throws(Diagnostic) in
      level.settings.headers.fields.append(try AddedField(statement, level))
    },
    Directive(
      "add_trailer", "name value [always]", count: 2...3, in: contexts,
      "Adds a field behind the body of responses: of successful ones and redirects, or of all."
    ) { (statement, level) throws(Diagnostic) in
      level.settings.headers.trailers.append(try AddedField(statement, level, isTrailer: true))
    },
    Directive(
      "add_header_inherit", .keyword, sets: .headers.fields.inheritance, in: contexts,
      "Whether a block has the added fields of the block around it, besides or instead of its "
        + "own."),
    Directive(
      "add_trailer_inherit", .keyword, sets: .headers.trailers.inheritance, in: contexts,
      "Whether a block has the added trailer fields of the block around it."),
    Directive(
      "expires", "[modified] time | epoch | max | off", count: 1...2, in: contexts,
      "Sets the fields that say how long a response may be kept.", apply: readExpires),
  ]

  @Sendable private static func readExpires(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("expires", by: statement)
    let words = statement.arguments
    let isModified = words.count == 2
    guard !isModified || words[0].text == "modified" else {
      throw .invalidValue(of: statement)
    }
    let word = words[words.count - 1]
    let template = try level.template(word, of: statement)
    guard let constant = template.constant else {
      level.settings.headers.expires = .template(template, isModified: isModified)
      return
    }
    do throws(Expires.ReadError) {
      level.settings.headers.expires = try Expires.read(constant, isModified: isModified)
    } catch {
      throw .directive(statement, error.sentence, word: word)
    }
  }
}

extension AddedField {
  fileprivate init(
    _ statement: Statement, _ level: Level, isTrailer: Bool = false
  ) throws(Diagnostic) {
    let words = statement.arguments
    if words.count == 3, words[2].text != "always" {
      throw .invalidParameter(words[2], of: statement)
    }
    spelling = words[0].text
    name = isTrailer ? .plain : FieldKind(words[0].text)
    value = try level.template(words[1], of: statement)
    isAlways = words.count == 3
  }
}

extension AddedField.FieldKind {
  fileprivate init(_ name: ByteString) {
    switch name.lowercased {
    case "last-modified": self = .lastModified
    case "etag": self = .entityTag
    default: self = .plain
    }
  }
}
