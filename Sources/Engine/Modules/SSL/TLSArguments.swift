import Bytes
import Config
import Sockets

extension ArgumentType where Value == ByteString? {
  /// A file that belongs to the configuration; see ``Level/pathBesideConfiguration(_:)``.
  static func configurationPath(_ syntax: String) -> Self {
    Self(syntax) { statement, level in
      let text = statement.arguments[0].text
      return text.isEmpty ? nil : level.pathBesideConfiguration(text)
    }
  }
}

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

extension ArgumentType where Value == TLSCommand {
  /// A name and a value in OpenSSL's own words.
  static var tlsCommand: Self {
    Self("name value", count: 2...2) { statement, level in
      let (name, value) = (statement.arguments[0].text, statement.arguments[1].text)
      let takesFile = TLSSettings.Command.takesFile(name.string)
      return TLSCommand(name: name, value: takesFile ? level.pathBesideConfiguration(value) : value)
    }
  }
}

/// A setting in OpenSSL's own words, of which files have their full paths; see
/// `ssl_conf_command`.
struct TLSCommand: Hashable, Sendable {
  let name: ByteString
  let value: ByteString
}
