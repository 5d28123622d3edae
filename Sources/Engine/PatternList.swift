import Bytes

/// Regular expressions in the order in which they are tried, each with what it chooses.
final class PatternList<Value: AnyObject & Sendable>: Sendable {
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

    /// What the expression chooses where it matches, for those who keep the list.
    @inline(__always)
    fileprivate func choice(
      for subject: ByteString, in memory: MatchMemory, _ exchange: Exchange?
    ) -> Lent<Value>? {
      guard let exchange else { return pattern.matches(subject, in: memory) ? Lent(value) : nil }
      guard let captures = pattern.match(subject, in: memory) else { return nil }
      groups.note(captures, in: exchange)
      return Lent(value)
    }
  }

  private let entries: LentList<Entry>

  /// What the matches of each expression begin with: most expressions are passed over by that.
  private let prefixes: [LiteralPrefix]

  init(_ entries: [Entry]) {
    self.entries = LentList(entries)
    prefixes = entries.map { LiteralPrefix($0.pattern.literalPrefix) }
  }

  var isEmpty: Bool { prefixes.isEmpty }

  /// The first expression that may match; nil where none may.
  func firstCandidate(for subject: ByteString) -> Int? {
    prefixes.firstIndex { $0.mayBegin(subject.bytes.span) }
  }

  /// What the first expression chooses that matches, for those who keep the list; nil where none
  /// does.
  ///
  /// - Parameters:
  ///   - first: The first expression that is tried.
  ///   - exchange: Gets the groups of the match; nil notes them nowhere.
  func firstMatch(
    of subject: ByteString, from first: Int = 0, in memory: MatchMemory, for exchange: Exchange?
  ) -> Lent<Value>? {
    for index in first..<prefixes.count where prefixes[index].mayBegin(subject.bytes.span) {
      let choice = entries.withElement(index) { $0.choice(for: subject, in: memory, exchange) }
      if let choice { return choice }
    }
    return nil
  }
}
