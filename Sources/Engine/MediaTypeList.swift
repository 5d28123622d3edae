package import Bytes
import Config
import Wire

/// Media types of responses that a filter is for, as `gzip_types` and its kin name them.
package struct MediaTypeList: Sendable, Equatable {
  /// The types in lower case.
  private(set) var types: [ByteString]

  /// Whether `*` was named: every type.
  private(set) var isAny = false

  /// The types that need not be named.
  package init(_ types: [ByteString] = ["text/html"]) { self.types = types }

  /// Adds a type; false where it is there already.
  mutating func insert(_ type: ByteString) -> Bool {
    if type == "*" {
      isAny = true
      return true
    }
    let type = type.lowercased
    guard !types.contains(type) else { return false }
    types.append(type)
    return true
  }

  /// Whether a response with such a `Content-Type` is meant; nil is a response without.
  package func contains(_ contentType: ByteString?) -> Bool {
    if isAny { return true }
    guard let contentType else { return false }
    return types.contains(MediaType.essence(of: contentType))
  }
}

extension Directive {
  /// A directive that names media types, beside those that a filter is for anyway.
  convenience init(
    mediaTypes name: String, initial: MediaTypeList = MediaTypeList(),
    sets setting: @escaping @autoclosure @Sendable () -> SettingPath<MediaTypeList>,
    _ summary: String
  ) {
    self.init(
      name, "mime-type ...", count: 1...Int.max, in: CoreSettings.levels, summary
    ) { statement, level in
      let isFirst = level.namesUsed.insert(name).inserted
      let setting = setting()
      var list = isFirst ? initial : level.settings.value(at: setting)
      for word in statement.arguments where !list.insert(word.text) {
        level.load.report(
          .custom(
            "duplicate MIME type \"\(word.text)\"", at: statement, word: word,
            severity: .warning))
      }
      level.settings.set(setting, to: list)
    }
  }
}
