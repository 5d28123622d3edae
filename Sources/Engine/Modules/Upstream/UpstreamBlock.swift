import Bytes
import CLinux
import Config

/// The `upstream` block and the directives inside it.
enum UpstreamBlock {
  static let directives: [Directive] = [
    block(
      in: .http,
      "Defines a group of servers, to which proxy_pass and its kin pass requests by its name."),
    Directive(
      "server",
      "address [weight=number] [max_conns=number] [max_fails=number] [fail_timeout=time] "
        + "[backup] [down] [drain] [route=string]", count: 1...Int.max, in: .upstream,
      "A server of the group: its address or name, its share of requests and its limits."
    ) { (statement, level) throws(Diagnostic) in
      guard let draft = level.upstream else { throw .notAllowedHere(statement) }
      var parser = UpstreamServerParser(statement, method: draft.method)
      try parser.readParameters()
      draft.servers.append(try parser.server(level, defaultPort: 80))
    },
    zone(in: .upstream),
  ]

  /// The row of the block, for `http` or `stream`.
  static func block(in contexts: Contexts, _ summary: String) -> Directive {
    Directive(block: "upstream", "name", count: 1...1, in: contexts, summary) {
      (statement, level) throws(Diagnostic) in try read(statement, level)
    }
  }

  static func zone(in contexts: Contexts) -> Directive {
    Directive(
      "zone", "name [size]", count: 1...2, in: contexts,
      "Shares the state of the group between workers; here all loops always share it."
    ) { (statement, level) throws(Diagnostic) in try readZone(statement, level.load) }
  }

  private static func read(_ statement: Statement, _ level: Level) throws(Diagnostic) {
    let word = statement.arguments[0]
    let key = word.text.lowercased
    let groups = level.upstreamGroups
    if let former = groups.drafts[key] {
      throw .custom("duplicate upstream \"\(word.text)\"", at: statement, word: word)
        .noting(Advice.whereFirst(former.statement, before: statement))
    }
    let draft = UpstreamDraft(name: word.text, statement: statement)
    groups.drafts[key] = draft
    let block = statement.block ?? []
    let inner = Level(
      context: level.context.isInStream ? .upstreamInStream : .upstream, load: level.load,
      inheriting: level.inherited, upstream: draft)
    level.load.read(block, into: inner)
    let servers = block.filter { $0.name.text == "server" }
    guard !servers.isEmpty else {
      throw .custom("no servers are inside upstream", atEndOf: statement)
    }
    // Servers that could not be read are no reason to complain again.
    if draft.servers.count == servers.count, draft.servers.allSatisfy(\.server.isBackup) {
      level.load.report(
        .custom("no servers in upstream \"\(word.text)\"", at: statement, word: word),
        in: .upstreams, isInStream: level.context.isInStream)
    }
    groups.built[key] = draft.built(inPlaceOf: groups.former[key])
  }

  private static func readZone(_ statement: Statement, _ load: Load) throws(Diagnostic) {
    let name = statement.arguments[0]
    guard !name.text.isEmpty else {
      throw .custom("invalid zone name \"\"", at: statement, word: name)
    }
    guard statement.arguments.count == 2 else {
      // Another group may give the zone its size.
      return load.afterReading(statement) { () throws(Diagnostic) in
        if !load.upstreamZones.contains(name.text) { throw .unknownZone(name.text, statement) }
      }
    }
    let word = statement.arguments[1]
    guard let size = Units.size(word.text) else {
      throw .custom("invalid zone size \"\(word.text)\"", at: statement, word: word)
    }
    guard size >= 8 * Int(getpagesize()) else {
      throw .custom("zone \"\(name.text)\" is too small", at: statement, word: name)
    }
    load.upstreamZones.insert(name.text)
  }
}
