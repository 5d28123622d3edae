import Bytes
import Config

/// What `proxy_store…` and `fastcgi_store…` say; initial values are the directives' defaults.
struct StoreSettings: Hashable, Sendable {
  var choice = StoreChoice.off

  /// The permissions of stored files.
  var access: UInt32 = 0o600
}

/// Where responses are stored.
enum StoreChoice: Hashable, Sendable {
  case off
  /// Where `root` or `alias` would look for the path.
  case path
  case template(Template)

  var isOff: Bool {
    if case .off = self { true } else { false }
  }
}

/// The directives of stored responses, once for each protocol.
struct StoreDirectives {
  /// `proxy` or `fastcgi`.
  let prefix: String

  /// Where the module keeps its settings.
  let path: SettingPath<UpstreamSettings>

  var rows: [Directive] {
    [
      Directive(
        "\(prefix)_store", "on | off | string", count: 1...1, in: CoreSettings.levels,
        "Where responses are stored as files; they stay until somebody removes them.",
        apply: readChoice
      ).with(defaultText: "off"),
      UpstreamSettings.row(
        "\(prefix)_store_access", .storeAccess, \.store.access, path,
        "The permissions of stored files."
      ).with(defaultText: "user:rw"),
    ]
  }

  @Sendable private func readChoice(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("\(prefix)_store", by: statement)
    let word = statement.arguments[0]
    if word.text == "off" { return level.settings.set(path.store.choice, to: .off) }
    guard !word.text.isEmpty else { throw .custom("empty path", at: statement, word: word) }
    guard !level.namesUsed.contains("\(prefix)_cache") else {
      throw .custom(
        "\"\(prefix)_store\" directive is incompatible with \"\(prefix)_cache\"", at: statement)
    }
    level.settings.set(path.cache.choice, to: .off)
    level.settings.set(
      path.store.choice,
      to: word.text == "on" ? .path : .template(try level.template(word, of: statement)))
  }
}

extension ArgumentType where Value == UInt32 {
  /// Some of `user:rw`, `group:r`, `all:rw`; the owner may always read and write.
  fileprivate static var storeAccess: Self {
    Self("users:permissions ...", count: 1...3) { (statement, _) throws(Diagnostic) in
      var access: UInt32 = 0o600
      for word in statement.arguments {
        let parts = word.text.split(on: UInt8(ascii: ":"))
        let shifts: [ByteString: UInt32] = ["user": 6, "group": 3, "all": 0]
        let rights: [ByteString: UInt32] = ["r": 4, "rw": 6]
        guard parts.count == 2, let shift = shifts[parts[0]], let right = rights[parts[1]] else {
          throw .custom("invalid value \"\(word.text)\"", at: statement, word: word)
        }
        access |= right << shift
      }
      return access
    }
  }
}
