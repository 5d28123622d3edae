import Bytes

/// A fixed set of field names that lines are compared with, such as those that are not passed on.
public final class FieldNameSet: Sendable {
  @usableFromInline let known: KnownFieldSet
  private let others: [FieldName]

  /// A bit for each hash of the other names: most lines are told apart by this alone.
  @usableFromInline let hashBits: UInt64

  /// The set of some names; repeated ones count once.
  public init(_ names: some Sequence<FieldName>) {
    var known = KnownFieldSet()
    for name in names { known.insert(name.known) }
    var others: [FieldName] = []
    for name in names.filter({ $0.known == .other }).sorted(by: { $0.hash < $1.hash })
    where name != others.last { others.append(name) }
    self.known = known
    self.others = others
    hashBits = others.reduce(0) { $0 | 1 << UInt64($1.hash & 63) }
  }

  /// Whether the name of a line is in the set, in any case of letters.
  @inlinable public func contains(_ line: FieldLine, of fields: Fields) -> Bool {
    if line.known != .other { return known.contains(line.known) }
    return hashBits >> UInt64(line.nameHash & 63) & 1 == 1 && othersContain(line, of: fields)
  }

  @usableFromInline func othersContain(_ line: FieldLine, of fields: Fields) -> Bool {
    others.contains {
      $0.hash == line.nameHash && fields.buffer.matchesIgnoringCase($0.bytes, in: line.name.range)
    }
  }
}
