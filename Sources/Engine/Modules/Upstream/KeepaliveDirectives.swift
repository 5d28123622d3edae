import Bytes
import Config

extension KeepaliveSettings {
  /// The directives about idle connections to a group of servers.
  static let directives: [Directive] = [
    Directive(
      "keepalive", "connections [local]", count: 1...2, in: .upstream,
      "The most idle connections to the group that a loop keeps; 0 keeps none."
    ) { (statement, level) throws(Diagnostic) in
      try level.markUsed("keepalive", by: statement)
      let word = statement.arguments[0]
      guard let number = word.text.decimalNumber else {
        throw .custom(
          "invalid value \"\(word.text)\" in \"keepalive\" directive", at: statement, word: word)
      }
      let option = statement.arguments.dropFirst().first
      if let option, option.text != "local" { throw .invalidParameter(option, of: statement) }
      level.upstream?.keepalive.maximumIdle = number
      level.upstream?.keepalive.isLocal = option != nil
    },
    Directive(
      "keepalive_requests", .number, setsKeepalive: \.requests,
      "The most requests that one connection to a server carries."),
    Directive(
      "keepalive_timeout", .time, setsKeepalive: \.timeout,
      "How long an idle connection to a server is kept."),
    Directive(
      "keepalive_time", .time, setsKeepalive: \.time,
      "How long after its opening a connection to a server is kept."),
  ]
}

extension Directive {
  fileprivate convenience init<Value: Sendable>(
    _ name: String, _ type: ArgumentType<Value>,
    setsKeepalive setting:
      @escaping @autoclosure @Sendable () -> MemberPath<KeepaliveSettings, Value>,
    _ summary: String
  ) {
    self.init(
      name, type.syntax, count: type.count, in: .upstream, summary
    ) { (statement, level) throws(Diagnostic) in
      let value = try type.parse(statement, level)
      try level.markUsed(name, by: statement)
      level.upstream?.keepalive[keyPath: setting()] = value
    }
  }
}
