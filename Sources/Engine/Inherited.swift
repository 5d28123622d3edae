/// A group of settings that blocks share until one of them changes it.
///
/// Most blocks override a few directives of a few modules. Copying a block's settings copies one
/// reference for each module, and the first change in a block makes that module's own copy. Members
/// are reached as if the group stood here itself; reading one copies nothing else.
@dynamicMemberLookup
package struct Inherited<Value: Sendable>: Sendable {
  /// Keeps the group, and tells it from others.
  private(set) var keeper: ValueKeeper<Value>
  private var lent: LentValue<Value>

  /// A group that nobody shares yet.
  package init(_ value: Value) { self.init(keeper: ValueKeeper(value)) }

  private init(keeper: ValueKeeper<Value>) {
    self.keeper = keeper
    lent = keeper.lent
  }

  /// Whether no other block has the group.
  var isUniquelyKept: Bool { mutating get { isKnownUniquelyReferenced(&keeper) } }

  /// The whole group; setting it leaves other blocks with the old one.
  package var value: Value {
    @inline(__always) _read { yield lent.value }
    _modify {
      // What other blocks share stays as it is.
      if !isKnownUniquelyReferenced(&keeper) {
        self = Inherited(keeper: ValueKeeper(copying: keeper))
      }
      yield &keeper.value
    }
  }

  /// A member of the group.
  @inline(__always)
  package subscript<Member>(dynamicMember member: KeyPath<Value, Member>) -> Member {
    lent.value[keyPath: member]
  }

  /// A member of the group that can be set, as ``value`` can.
  @inline(__always)
  package subscript<Member>(dynamicMember member: WritableKeyPath<Value, Member>) -> Member {
    get { lent.value[keyPath: member] }
    _modify { yield &self.value[keyPath: member] }
  }
}
