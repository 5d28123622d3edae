/// An object that can wait in an ``IdleList``.
public protocol Idling: AnyObject {
  /// The object behind it in the list; nil while it is in use.
  var nextIdle: Unmanaged<Self>? { get set }
}

/// Objects that wait to be used again, as a list through themselves; the last one goes first.
///
/// It keeps as many as are given; ``releaseSurplus(but:)`` frees those that nobody needs.
///
/// No references are counted. Soundness: the list owns one reference to each of its objects, which
/// `give` takes over from the giver and `take` hands to the taker; nobody else sets `nextIdle`.
public struct IdleList<Object: Idling>: ~Copyable {
  @usableFromInline var first: Unmanaged<Object>?

  /// The number of objects.
  @inlinable public var count: Int { storedCount }

  @usableFromInline var storedCount = 0

  /// The least number of objects since ``releaseSurplus(but:)``.
  @usableFromInline var leastCount = 0

  /// A list without objects.
  @inlinable public init() {}

  /// Takes an object into the list; the giver must not touch it again.
  @inlinable @inline(__always) public mutating func give(_ object: consuming Object) {
    object.nextIdle = first
    first = .passRetained(object)
    storedCount &+= 1
  }

  /// Takes an object out; nil where there is none.
  @inlinable @inline(__always) public mutating func take() -> Object? {
    guard let object = first?.takeRetainedValue() else { return nil }
    first = object.nextIdle
    object.nextIdle = nil
    storedCount &-= 1
    leastCount = min(leastCount, storedCount)
    return object
  }

  /// Frees the objects that have not been needed since the last call, but for some.
  ///
  /// - Parameter kept: How many stay in any case.
  public mutating func releaseSurplus(but kept: Int) {
    let surplus = leastCount - kept
    if surplus > 0 { for _ in 0..<surplus { _ = take() } }
    leastCount = storedCount
  }

  /// Frees every object, one by one: the end of the first is not that of all, one in the other.
  @inlinable public mutating func removeAll() {
    while take() != nil {}
  }

  deinit {
    var rest = first
    while let object = rest?.takeRetainedValue() { rest = object.nextIdle }
  }
}
