package import Bytes
package import Config
import Sockets

/// Where a word stands, for messages: it makes no difference between values that say the same.
package struct WordPlace: Hashable, Sendable {
  /// nil where that is not told.
  package let place: SourcePlace?

  /// The place of a word.
  package init(_ place: SourcePlace?) { self.place = place }

  package static func == (_: WordPlace, _: WordPlace) -> Bool { true }

  package func hash(into _: inout Hasher) {}
}

/// A file that a directive names, with its full path.
package struct NamedFile: Hashable, Sendable {
  package let path: ByteString
  private let word: WordPlace

  /// Where the name stands; nil where that is not told.
  package var place: SourcePlace? { word.place }

  package init(path: ByteString, place: SourcePlace?) {
    self.path = path
    word = WordPlace(place)
  }
}

/// A text for the TLS library, which is first to know whether it makes sense.
package struct PlacedText: Hashable, Sendable {
  package let text: ByteString
  private let word: WordPlace

  /// Where the text stands; nil for one that no directive has set.
  package var place: SourcePlace? { word.place }

  package init(_ text: ByteString, place: SourcePlace? = nil) {
    self.text = text
    word = WordPlace(place)
  }
}

/// A setting in OpenSSL's own words: one `ssl_conf_command`.
package struct SSLCommand: Hashable, Sendable {
  package let name: ByteString
  package let value: ByteString
  private let word: WordPlace

  /// Where the name stands.
  package var place: SourcePlace? { word.place }

  /// What names a file gets its full path.
  init(_ statement: Statement, _ level: Level) {
    name = statement.arguments[0].text
    let text = statement.arguments[1].text
    let takesFile = TLSSettings.Command.takesFile(name.string)
    value = takesFile ? level.pathBesideConfiguration(text) : text
    word = WordPlace(statement.arguments[0].place)
  }
}

/// A flag.
struct PlacedFlag: Hashable, Sendable {
  let isOn: Bool
  private let word: WordPlace

  /// Where it is set; nil where no directive has set it.
  var place: SourcePlace? { word.place }

  init(_ isOn: Bool, place: SourcePlace? = nil) {
    self.isOn = isOn
    word = WordPlace(place)
  }
}
