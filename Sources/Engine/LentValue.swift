/// A value that does not change while it is lent, where its owner keeps it: read without counting
/// references.
///
/// Soundness: a ``ValueKeeper`` makes it, and whoever lends it further must keep that object, as a
/// site keeps its locations and an exchange its site.
package struct LentValue<Value: Sendable>: @unchecked Sendable {
  private let address: UnsafePointer<Value>

  fileprivate init(_ address: UnsafePointer<Value>) { self.address = address }

  /// The value, in its place.
  package var value: Value {
    @inline(__always) unsafeAddress { address }
  }
}

/// Keeps a value in one place for as long as the object lives.
package final class ValueKeeper<Value: Sendable>: @unchecked Sendable {
  private let address: UnsafeMutablePointer<Value>

  /// Where the value is.
  package var lent: LentValue<Value> { LentValue(address) }

  /// Keeps a value.
  package init(_ value: Value) {
    address = .allocate(capacity: 1)
    address.initialize(to: value)
  }

  /// The value as the caller's own.
  @inline(never)
  func copy() -> Value { address.pointee }

  /// The value in its place, for the only one who has the object: whom it is lent to must not
  /// look meanwhile.
  var value: Value {
    _read { yield address.pointee }
    _modify { yield &address.pointee }
  }

  deinit {
    address.deinitialize(count: 1)
    address.deallocate()
  }
}
