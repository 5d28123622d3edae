/// A group of settings that blocks share until one of them changes it.
///
/// Most blocks override a few directives of a few modules. Copying a block's settings copies one
/// reference for each module, and the first change in a block makes that module's own copy.
@propertyWrapper
package struct Inherited<Value: Sendable>: Sendable {
  private final class Storage: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  private var storage: Storage

  /// A group that nobody shares yet.
  package init(wrappedValue: Value) { storage = Storage(wrappedValue) }

  /// The group; setting it leaves other blocks with the old one.
  package var wrappedValue: Value {
    // Lends the value: a copy of a whole group would cost dozens of reference counts.
    _read { yield storage.value }
    set { storage = Storage(newValue) }
  }
}
