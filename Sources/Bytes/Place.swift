/// A place for an object that is there at times; looking at the object counts no references.
///
/// Soundness: the place owns one reference to its object, which `put` takes over and `take` hands
/// on. The object stays while it is lent: the closure that it is lent to must not take it out.
public struct Place<Object: AnyObject>: ~Copyable {
  @usableFromInline var reference: Unmanaged<Object>?

  /// An empty place.
  @inlinable public init() {}

  deinit { reference?.release() }

  /// Whether no object is there.
  @inlinable public var isEmpty: Bool { reference == nil }

  /// Takes an object over, in place of the one that is there.
  @inlinable public mutating func put(_ object: consuming Object) {
    reference?.release()
    reference = .passRetained(object)
  }

  /// Hands the object over, and is empty then.
  @inlinable public mutating func take() -> Object? {
    guard let taken = reference else { return nil }
    reference = nil
    return taken.takeRetainedValue()
  }

  /// Lends the object; nil where none is there.
  @inlinable @inline(__always)
  public func withObject<Result>(_ body: (Object) -> Result) -> Result? {
    reference.map { $0._withUnsafeGuaranteedRef(body) }
  }
}
