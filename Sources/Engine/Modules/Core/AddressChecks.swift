import Bytes
import Config
import Sockets

/// What nginx checks about the `listen` directives that share an address.
struct ListenChecks {
  let address: SocketAddress
  let listens: [ListenDraft]
  let load: Load

  func run() {
    refuseContradictions()
    var protocols = Protocols(of: listens[0])
    for listen in listens.dropFirst() where protocols.add(listen) {
      report("protocol options redefined for \(address.text)", listen, .warning)
    }
  }

  /// What is an error in `http` and in `stream`.
  func refuseContradictions() {
    refuseSecond(where: \.hasSocketOptions, "duplicate listen options for \(address.text)")
    refuseSecond(where: \.isDefaultServer, "a duplicate default server for \(address.text)")
  }

  private func refuseSecond(where isWanted: (ListenDraft) -> Bool, _ sentence: String) {
    let wanted = listens.filter(isWanted)
    for listen in wanted.dropFirst() { report(sentence, listen, .emergency, first: wanted[0]) }
  }

  private func report(
    _ sentence: String, _ listen: ListenDraft, _ severity: Diagnostic.Severity,
    first: ListenDraft? = nil
  ) {
    load.report(
      .custom(
        sentence, at: listen.statement, word: listen.statement.arguments.first,
        severity: severity
      ).noting(first.map { Advice.whereFirst($0.statement, before: listen.statement) }))
  }

  /// The protocols that the directives so far agree on.
  private struct Protocols {
    private var known: Set<String>
    private var expected: Set<String>?
    private var hasChanged = false
    private var hasSocketOptions: Bool

    init(of listen: ListenDraft) {
      known = Protocols.names(listen)
      hasSocketOptions = listen.hasSocketOptions
    }

    private static func names(_ listen: ListenDraft) -> Set<String> {
      var names: Set<String> = []
      if listen.options.isTLS { names.insert("ssl") }
      if listen.options.isHTTP2 { names.insert("http2") }
      if listen.options.hasProxyProtocol { names.insert("proxy_protocol") }
      return names
    }

    /// - Returns: Whether nginx warns of a contradiction.
    mutating func add(_ listen: ListenDraft) -> Bool {
      let own = Protocols.names(listen)
      let owns = listen.hasSocketOptions
      var contradicts = false
      if !own.isSubset(of: known) {
        contradicts = (hasSocketOptions && !owns) || hasChanged || !known.isSubset(of: own)
        expected = known
        hasChanged = true
      } else if !known.isSubset(of: own) {
        contradicts = owns || (expected.map { $0 != own } ?? false)
        expected = own
        hasChanged = true
      } else {
        contradicts = (owns && hasChanged) || (expected.map { $0 != own } ?? false)
        expected = own
      }
      known.formUnion(own)
      hasSocketOptions = hasSocketOptions || owns
      return contradicts
    }
  }
}

/// What nginx checks about the names of the servers that share an address.
struct ServerNameChecks {
  let address: SocketAddress
  let load: Load

  func run(_ servers: [ServerDraft]) {
    // nginx builds no table of names for a server that is alone and has no expression.
    let isAlone = servers.count == 1 && !servers[0].names.contains(where: \.isPattern)
    // nginx looks at names only when it has read everything.
    guard !isAlone, !load.hasErrors else { return }
    var seen: [ByteString: SourcePlace] = [:]
    for server in servers {
      for (name, place) in zip(server.names, server.namePlaces) { check(name, place, &seen) }
    }
  }

  private func check(
    _ name: ServerName, _ place: SourcePlace, _ seen: inout [ByteString: SourcePlace]
  ) {
    guard let text = name.plainText else { return }
    guard ServerNameChecks.isValid(text) else {
      return load.report(
        .general("invalid server name or wildcard \"\(text)\" on \(address.text)"),
        in: .serverNames)
    }
    let keys = text.first == UInt8(ascii: ".") ? [text.dropFirst(1), "*" + text] : [text]
    let former = keys.compactMap { seen[$0] }.first
    for key in keys where seen[key] == nil { seen[key] = place }
    guard let former else { return }
    load.report(
      .general(
        "conflicting server name \"\(text)\" on \(address.text), ignored", severity: .warning
      ).noting(
        "the one in \(former.file):\(former.line) counts, "
          + "the one in \(place.file):\(place.line) does not"),
      in: .serverNames)
  }

  private static let twoDots: ByteString = ".."

  /// Whether a table of names can hold it: one wildcard, at an end, and no two dots in a row.
  private static func isValid(_ text: ByteString) -> Bool {
    let stars = text.bytes.reduce(0) { $1 == UInt8(ascii: "*") ? $0 + 1 : $0 }
    guard stars <= 1, !text.contains(twoDots), !text.bytes.contains(0) else { return false }
    return stars == 0 || text.hasPrefix("*.") || text.hasSuffix(".*")
  }
}

extension ServerName {
  fileprivate var isPattern: Bool { if case .pattern = self { true } else { false } }

  /// The name as it was written, in lower case; nil for regular expressions.
  fileprivate var plainText: ByteString? {
    switch self {
    case .exact(let text), .domain(let text): text
    case .leadingWildcard(let text): "*" + text
    case .trailingWildcard(let text): text + "*"
    case .pattern: nil
    }
  }
}
