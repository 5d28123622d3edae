import Bytes

/// A fixed set of field names that lines are compared with, such as those that are not passed on.
public final class FieldNameSet: Sendable {
  @usableFromInline let known: KnownFieldSet
  private let others: [FieldName]

  /// A bit for each hash of the other names: most lines are told apart by this alone.
  @usableFromInline let hashBits: UInt64

  /// The set of some names.
  public init(_ names: [FieldName]) {
    let unknown = names.filter { $0.known == .other }
    // Among few names, repeated ones do no harm.
    let others = unknown.count > 16 ? Array(Set(unknown)) : unknown
    self.others = others
    known = names.reduce(into: []) { $0.insert($1.known) }
    hashBits = others.reduce(0) { $0 | FieldName.bit(of: $1.hash) }
  }

  /// Whether the name of a line is in the set, in any case of letters.
  @inlinable public func contains(_ line: FieldLine, of fields: Fields) -> Bool {
    if line.known != .other { return known.contains(line.known) }
    return hashBits & FieldName.bit(of: line.nameHash) != 0 && othersContain(line, of: fields)
  }

  @usableFromInline func othersContain(_ line: FieldLine, of fields: Fields) -> Bool {
    others.contains {
      $0.hash == line.nameHash && fields.buffer.matchesIgnoringCase($0.bytes, in: line.name.range)
    }
  }
}
