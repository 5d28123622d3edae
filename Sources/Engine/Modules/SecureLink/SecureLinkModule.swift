import Bytes
import Sockets
import Config
import Wire

extension Module {
  /// Checks links that carry a proof and a time.
  static let secureLink: Module = {
    var module = Module("ngx_http_secure_link_module")
    module.directives = SecureLinkSettings.directives
    module.variables = [
      Variable("secure_link", "Empty: no proof; `0`: too late; `1` or the link: all is well.") {
        $0.settings.secureLink.value.value(for: $0)
      },
      Variable("secure_link_expires", "The time until which the link is good.") {
        $0.settings.secureLink.value.expiry(for: $0)
      },
    ]
    return module
  }()
}

/// The settings of `ngx_http_secure_link_module`.
package struct SecureLinkSettings: Sendable {
  var link: Template?
  var text: Template?
  var secret: ByteString?

  package init() {}

  static let directives: [Directive] = [
    Directive(
      "secure_link", .template("expression"), sets: .secureLink.link, in: CoreSettings.levels,
      "The proof that a request brings, and perhaps a comma and a time."
    ).then { $0.settings.secureLink.secret = nil },
    Directive(
      "secure_link_md5", .template("expression"), sets: .secureLink.text,
      in: CoreSettings.levels, "The text whose MD5 digest the proof must be."
    ).then { $0.settings.secureLink.secret = nil },
    Directive(
      "secure_link_secret", .text("word"), sets: .secureLink.secret, in: .location,
      "The secret word of links of the form `/prefix/hash/link`."
    ).then {
      $0.settings.secureLink.link = nil
      $0.settings.secureLink.text = nil
    },
  ]

  /// The value of `$secure_link`; nil where the proof is missing or wrong.
  func value(for exchange: Exchange) -> ByteString? {
    if let secret { return linkOfPath(exchange, secret) }
    guard let link, let text, let (proof, time) = proof(link, exchange) else { return nil }
    guard let bytes = Base64.decode(proof.asStandardBase64)?.bytes, bytes.count == 16,
      bytes == MD5.digest(of: text.value(for: exchange))
    else { return nil }
    guard let time else { return "1" }
    return Int(exchange.loop.clock.seconds) > time ? "0" : "1"
  }

  /// The value of `$secure_link_expires`.
  func expiry(for exchange: Exchange) -> ByteString? {
    guard let link, secret == nil else { return nil }
    let value = link.value(for: exchange)
    return value.firstIndex(of: UInt8(ascii: ",")).map { value.dropFirst($0 + 1) }
  }

  /// nil where the time is none; a time of 0 is none.
  private func proof(
    _ link: Template, _ exchange: Exchange
  ) -> (proof: ByteString, time: Int?)? {
    let value = link.value(for: exchange)
    guard let comma = value.firstIndex(of: UInt8(ascii: ",")) else { return (value, nil) }
    guard let time = value.dropFirst(comma + 1).decimalNumber, time > 0 else { return nil }
    return (value[0..<comma], time)
  }

  /// The link behind the hash in a path of the old form.
  private func linkOfPath(_ exchange: Exchange, _ secret: ByteString) -> ByteString? {
    let rest = exchange.path.dropFirst(exchange.location.name.count)
    let start = rest.first == UInt8(ascii: "/") ? rest.dropFirst(1) : rest
    guard let slash = start.firstIndex(of: UInt8(ascii: "/")), slash == 32 else { return nil }
    let link = start.dropFirst(slash + 1)
    guard !link.isEmpty else { return nil }
    let hexadecimal = ByteString(hexadecimal: MD5.digest(of: link + secret))
    return start[0..<32].equalsIgnoringCase(hexadecimal) ? link : nil
  }
}

extension ByteString {
  /// Base64 for URLs (RFC 4648, section 5) in the letters of standard base64, padded.
  fileprivate var asStandardBase64: ByteString {
    var text = bytes.filter { $0 != UInt8(ascii: "=") }.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return ByteString(text)
  }
}
