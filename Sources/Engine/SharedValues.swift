/// What is made of settings while a configuration is loaded: once for all blocks that say the same.
///
/// Large configurations repeat themselves. What the requests of many locations read is in one place
/// then, and stays in the processor's caches.
final class SharedValues {
  private struct Key<Source: Hashable>: Hashable {
    let source: Source
    let type: ObjectIdentifier
  }

  private var values: [AnyHashable: Any] = [:]

  /// A value that follows from a source alone: the one that was made of an equal source, if any.
  func value<Source: Hashable, Value>(of source: Source, _ make: () -> Value) -> Value {
    let key = AnyHashable(Key(source: source, type: ObjectIdentifier(Value.self)))
    if let value = values[key] as? Value { return value }
    let value = make()
    values[key] = value
    return value
  }
}

/// A class whose objects are equal to themselves only.
package protocol HashableByIdentity: AnyObject, Hashable {}

extension HashableByIdentity {
  package static func == (left: Self, right: Self) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Inherited where Value: Hashable {
  /// Takes the place of an equal group of another block.
  mutating func share(through values: SharedValues) {
    let own = self
    // What blocks inherit is compared once, though it may be long.
    self = values.value(of: keeper) { values.value(of: Content(keeper: keeper)) { own } }
  }
}

/// What a group of settings says; a table compares it without copies.
private struct Content<Value: Hashable & Sendable>: Hashable {
  let keeper: ValueKeeper<Value>

  static func == (left: Content, right: Content) -> Bool {
    left.keeper.lent.value == right.keeper.lent.value
  }

  func hash(into hasher: inout Hasher) { keeper.lent.value.hash(into: &hasher) }
}

extension Settings {
  /// Shares with other blocks what says the same there.
  mutating func share(through values: SharedValues) {
    core.share(through: values)
    headers.share(through: values)
    proxy.share(through: values)
    fastCGI.share(through: values)
  }
}
