import Bytes

/// A fixed set of field names that lines are compared with, such as those that are not passed on.
public struct FieldNameSet: Sendable {
  private let names: [FieldName]

  /// A bit for each hash of a name: most lines are told apart by this alone.
  private let hashBits: UInt64

  /// The set of some names; repeated ones count once.
  public init(_ names: some Sequence<FieldName>) {
    self.names = Array(Set(names))
    hashBits = self.names.reduce(0) { $0 | 1 << UInt64($1.hash & 63) }
  }

  /// Whether the name of a line is in the set, in any case of letters.
  public func contains(_ line: FieldLine, of fields: Fields) -> Bool {
    guard hashBits >> UInt64(line.nameHash & 63) & 1 == 1 else { return false }
    return names.contains {
      $0.hash == line.nameHash && fields.buffer.matchesIgnoringCase($0.bytes, in: line.name.range)
    }
  }
}
