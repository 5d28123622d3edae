import Bytes
import Config
import Sockets

extension ArgumentType where Value == TLSSettings.Protocols {
  private static var words: [ByteString: TLSSettings.Protocols] {
    [
      "SSLv2": [], "SSLv3": [], "TLSv1": .tls10, "TLSv1.1": .tls11, "TLSv1.2": .tls12,
      "TLSv1.3": .tls13,
    ]
  }

  /// Versions of TLS; those before TLS 1 are accepted and never spoken.
  static var tlsProtocols: Self {
    Self("[SSLv2] [SSLv3] [TLSv1] [TLSv1.1] [TLSv1.2] [TLSv1.3]", count: 1...Int.max) {
      (statement, level) throws(Diagnostic) in
      var value: TLSSettings.Protocols = []
      for word in statement.arguments {
        guard let version = words[word.text] else { throw .invalidValue(word, of: statement) }
        value.formUnion(version)
      }
      return value
    }
  }
}

extension ArgumentType where Value == NamedFile {
  /// A file; a relative path starts at the configuration's folder.
  static var namedFile: Self {
    Self("file") { statement, level in
      let word = statement.arguments[0]
      return NamedFile(path: level.pathBesideConfiguration(word.text), place: word.place)
    }
  }
}

extension ArgumentType where Value == NamedFile? {
  /// A file as above; an empty name is none.
  static var optionalNamedFile: Self {
    Self("file") { (statement, level) throws(Diagnostic) in
      if statement.arguments[0].text.isEmpty { return nil }
      return try ArgumentType<NamedFile>.namedFile.parse(statement, level)
    }
  }
}

extension ArgumentType where Value == PlacedText {
  static func placed(_ syntax: String) -> Self {
    Self(syntax) { statement, _ in
      PlacedText(statement.arguments[0].text, place: statement.arguments[0].place)
    }
  }
}

extension ArgumentType where Value == SSLCommand {
  static var command: Self {
    Self("name value", count: 2...2) { SSLCommand($0, $1) }
  }
}

extension ArgumentType where Value == PlacedFlag {
  static var placedFlag: Self {
    Self(ArgumentType<Bool>.flag.syntax) { (statement, level) throws(Diagnostic) in
      PlacedFlag(
        try ArgumentType<Bool>.flag.parse(statement, level), place: statement.name.place)
    }
  }
}
