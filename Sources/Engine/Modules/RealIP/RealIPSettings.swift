import Bytes
import Config
import Sockets
import Wire

/// The settings of `ngx_http_realip_module`.
package struct RealIPSettings: Sendable {
  /// Where a client's address comes from.
  enum Source: Sendable {
    case field(FieldName)
    /// A field whose lines form one list.
    case forwardedFor
    case proxyProtocol
  }

  var source = Source.field(FieldName(.xRealIP))
  var trusted = AddressSet()

  /// Whether the last address of a list that is not trusted is taken, instead of the last one.
  var isRecursive = false

  package init() {}
}

extension RealIPSettings {
  private static let levels = CoreSettings.levels

  static let directives: [Directive] = [
    trusted(in: levels),
    Directive(
      "real_ip_header", "field | X-Real-IP | X-Forwarded-For | proxy_protocol", count: 1...1,
      in: levels, "The field that names the client's address.", apply: readSource
    ).with(defaultText: "X-Real-IP"),
    Directive(
      "real_ip_recursive", .flag, sets: .realIP.isRecursive, in: levels,
      "Whether trusted addresses in the field are passed over from its end."),
  ]

  /// The row of the proxies that are trusted.
  static func trusted(in contexts: Contexts) -> Directive {
    Directive(
      "set_real_ip_from", "address | CIDR | unix:", count: 1...1, in: contexts,
      "Proxies whose word about the client's address is taken.", apply: readTrusted)
  }

  @Sendable private static func readTrusted(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    if level.namesUsed.insert("set_real_ip_from").inserted {
      level.settings.realIP.trusted = AddressSet()
    }
    let word = statement.arguments[0]
    if word.text == "unix:" {
      level.settings.realIP.trusted.hasUnix = true
      return
    }
    if let network = CIDR(word.text) {
      if network.hasMeaninglessBits {
        level.load.report(
          .custom(
            "low address bits of \(word.text) are meaningless", at: statement, word: word,
            severity: .warning))
      }
      level.settings.realIP.trusted.networks.append(network)
      return
    }
    let found = level.load.options.hosts.addresses(of: word.text)
    guard !found.isEmpty, word.text.firstIndex(of: UInt8(ascii: "/")) == nil else {
      throw .custom(
        "host not found in set_real_ip_from \"\(word.text)\"", at: statement, word: word)
    }
    level.settings.realIP.trusted.networks += found.compactMap { CIDR($0.hostText) }
  }

  @Sendable private static func readSource(
    _ statement: Statement, _ level: Level
  ) throws(Diagnostic) {
    try level.markUsed("real_ip_header", by: statement)
    let name = statement.arguments[0].text
    level.settings.realIP.source =
      switch name.lowercased {
      case "proxy_protocol": .proxyProtocol
      case "x-forwarded-for": .forwardedFor
      default: .field(FieldName(name))
      }
  }
}
