import Bytes

/// Regular expressions in the order in which they are tried, each with what it chooses.
final class PatternList<Value: Sendable>: Sendable {
  /// One of the expressions.
  final class Entry: Sendable {
    let pattern: Pattern
    let groups: PatternGroups
    let value: Value

    init(_ pattern: Pattern, _ groups: PatternGroups, _ value: Value) {
      self.pattern = pattern
      self.groups = groups
      self.value = value
    }
  }

  private let entries: LentList<Entry>

  init(_ entries: [Entry]) { self.entries = LentList(entries) }

  var isEmpty: Bool { entries.count == 0 }

  /// What the first expression chooses that matches; nil where none does.
  ///
  /// - Parameter exchange: Gets the groups of the match; nil notes them nowhere.
  func firstMatch(
    of subject: ByteString, in memory: MatchMemory, for exchange: Exchange?
  ) -> Value? {
    for index in 0..<entries.count {
      let value: Value? = entries.withElement(index) { entry in
        guard let captures = entry.pattern.match(subject, in: memory) else { return nil }
        if let exchange { entry.groups.note(captures, in: exchange) }
        return entry.value
      }
      if let value { return value }
    }
    return nil
  }
}
