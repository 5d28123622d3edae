import Bytes
import Config

// Advice about addresses: URLs, servers of groups, and what `listen` takes.

extension Advice {
  /// A URL whose scheme is missing, misspelt or of another protocol.
  @Sendable static func scheme(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    if mistake.says("invalid return code \"") { return text.urlOfBrokenScheme.map { .word($0) } }
    guard mistake.says("invalid URL prefix") else { return nil }
    if let url = text.urlOfBrokenScheme { return .word(url) }
    guard let end = text.firstRange(of: "://") else {
      let name = text.split(on: UInt8(ascii: ":"))[0].lowercased
      return ["http", "https"].contains(name) ? nil : .word("http://\(text)")
    }
    let scheme = text[0..<end.lowerBound].lowercased
    let rest = text.dropFirst(end.upperBound)
    if ["http", "https"].contains(scheme) {
      return rest.isEmpty ? nil : .word("\(scheme)://\(rest)")
    }
    if let nearest = SpellingSuggestion.nearest(to: scheme, among: ["http", "https"]) {
      return .word("\(nearest)://\(rest)")
    }
    let directive = scheme + "_pass"
    return Catalogue.isKnownToNginx(directive)
      ? .sentence("\(directive) speaks this protocol: \(directive) \(rest);")
      : .sentence(
        "\(mistake.statement.name.text) speaks HTTP: the URL begins with http:// or https://, and "
          + "nginx has no directive for \(scheme)")
  }

  /// A WebSocket begins as a request of HTTP.
  @Sendable static func webSocketScheme(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    let isEncrypted = text.lowercased.hasPrefix("wss://")
    guard mistake.says("invalid URL prefix"), isEncrypted || text.lowercased.hasPrefix("ws://"),
      let start = text.firstRange(of: "://")
    else { return nil }
    return .sentence(
      "write \(isEncrypted ? "https" : "http")\(text.dropFirst(start.lowerBound)): it becomes a "
        + "WebSocket by \"proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
        + "proxy_set_header Connection upgrade;\"")
  }

  /// A path in `proxy_pass` takes the place of a prefix, and there is none.
  @Sendable static func pathOfPattern(_ mistake: Mistake) -> Advice? {
    guard mistake.says("\"proxy_pass\" cannot have URI part"),
      let start = mistake.word.text.firstRange(of: "://")
    else { return nil }
    let text = mistake.word.text
    let isUnix = text.dropFirst(start.upperBound).hasPrefix("unix:")
    let end = text.bytes[(start.upperBound + (isUnix ? 5 : 0))...].firstIndex {
      $0 == UInt8(ascii: isUnix ? ":" : "/") || $0 == UInt8(ascii: isUnix ? ":" : "?")
    }
    guard let end else { return nil }
    return .sentence(
      "\"\(text[0..<end])\" passes the path of the request as it is; a \"rewrite ... break\" above "
        + "it changes the path")
  }

  /// Servers of groups, and of protocols other than HTTP, have neither scheme nor path.
  @Sendable static func surplusScheme(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid host in upstream"), mistake.statement.name.text != "proxy_pass"
    else { return nil }
    var text = mistake.word.text
    for scheme in ["http://", "https://"].map({ ByteString($0) }) where text.hasPrefix(scheme) {
      text = text.dropFirst(scheme.count)
    }
    guard let slash = text.firstIndex(of: UInt8(ascii: "/")), slash > 0 else {
      return text == mistake.word.text ? nil : .word("\(text)")
    }
    let address = text[0..<slash]
    if slash == text.count - 1 { return .word("\(address)") }
    return .sentence(
      "write \"\(address)\": a server has no path, which belongs into the URL of \"proxy_pass\"")
  }

  /// What stands behind the last colon of an address and is no port.
  @Sendable static func port(_ mistake: Mistake) -> Advice? {
    guard mistake.says("invalid port in") else { return nil }
    return .sentence("behind the colon stands a port, a number from 1 to 65535")
  }

  /// Several addresses in one `listen`.
  @Sendable static func listOfAddresses(_ mistake: Mistake) -> Advice? {
    let text = mistake.word.text
    guard mistake.statement.name.text == "listen", !mistake.word.isQuoted else { return nil }
    let addresses = text.split(on: UInt8(ascii: ",")).filter { !$0.isEmpty }
    let isList = addresses.count > 1 && mistake.says("host not found")
    let isFurther =
      mistake.says("invalid parameter") && addresses.count == 1
      && addresses[0].looksLikeAddress
    guard isList || isFurther else { return nil }
    let lines = isList ? addresses : [mistake.statement.arguments[0].text] + addresses
    return .sentence(
      "each \"listen\" takes one address: "
        + lines.map { "listen \($0);" }.joined(separator: " "))
  }
}

extension Load {
  /// Warns of a redirect to a path that was most likely meant to be a whole URL.
  func warnOfBrokenURL(_ word: Word, of statement: Statement) {
    guard let url = word.text.urlOfBrokenScheme else { return }
    report(
      .custom(
        "\"\(word.text)\" is no absolute URL", at: statement, word: word, severity: .warning
      ).suggesting(url))
  }
}

extension ByteString {
  /// The URL that was meant where something else stands for its `://`, such as `https//a`.
  var urlOfBrokenScheme: String? {
    for scheme in ["https", "http"] where lowercased.hasPrefix(ByteString(scheme)) {
      let rest = dropFirst(scheme.utf8.count)
      let marks = rest.bytes.prefix { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }
      if marks.isEmpty { continue }
      let isRight = ByteString(Array(marks)) == "://"
      return rest.count > marks.count && !isRight
        ? "\(scheme)://\(rest.dropFirst(marks.count))" : nil
    }
    return nil
  }

  /// Whether it is a port, or ends with one.
  fileprivate var looksLikeAddress: Bool {
    let port = split(on: UInt8(ascii: ":")).last ?? self
    return !port.isEmpty && port.bytes.allSatisfy(ASCII.isDigit)
  }
}
