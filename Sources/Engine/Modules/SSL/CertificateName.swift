import Bytes
import Config
import Sockets

/// Where a certificate or a key is, which may depend on the request: a file, or the text itself
/// behind `data:`.
package struct CertificateName: Hashable, Sendable {
  /// The word of the configuration.
  let text: ByteString

  /// The full path, or the text behind `data:`; the word where it has variables.
  let path: ByteString

  /// Where the word stands.
  var place: SourcePlace? { word.place }

  private let word: WordPlace
  private let template: Template

  /// The folder that relative paths start at, with a slash at its end.
  private let folder: ByteString

  init(_ word: Word, of statement: Statement, _ level: Level) throws(Diagnostic) {
    text = word.text
    template = try level.template(word, of: statement)
    folder = ByteString(level.load.options.configurationFolder)
    self.word = WordPlace(word.place)
    let isComplete = template.constant == nil || text.hasPrefix("data:")
    path = isComplete ? text : level.pathBesideConfiguration(text)
  }

  /// The full path or text where it is the same for every request; nil otherwise, or for none.
  var constant: ByteString? { template.constant.flatMap(complete) }

  /// Whether it depends on the request.
  var dependsOnRequest: Bool { template.constant == nil }

  /// The full path or text for a request; nil for none.
  func value(for exchange: Exchange) -> ByteString? { complete(template.value(for: exchange)) }

  private func complete(_ value: ByteString) -> ByteString? {
    if value.isEmpty { return nil }
    return value.hasPrefix("/") || value.hasPrefix("data:") ? value : folder + value
  }
}

extension ArgumentType where Value == CertificateName? {
  /// A file that belongs to the configuration, or text behind `data:`.
  static var certificateName: Self {
    Self("file") { (statement, level) throws(Diagnostic) in
      let word = statement.arguments[0]
      return word.text.isEmpty ? nil : try CertificateName(word, of: statement, level)
    }
  }
}

extension TLSSettings.Source {
  /// A file with its content, or the text itself behind `data:`.
  init(named name: ByteString, _ files: any FileReader) {
    if let text = Self.text(of: name) {
      self.init(name: "data:", bytes: text)
    } else {
      self.init(file: name, files)
    }
  }

  /// A file that the TLS library reads itself, or the text itself behind `data:`.
  init(named name: ByteString) {
    let text = Self.text(of: name)
    self.init(name: text == nil ? name.string : "data:", bytes: text)
  }

  private static func text(of name: ByteString) -> ByteString? {
    name.hasPrefix("data:") ? name.dropFirst(5) : nil
  }
}
