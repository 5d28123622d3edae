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

/// An object that its owner keeps as long as it is lent: passed on and asked without counting
/// references.
///
/// All loops share what a configuration has made: counting references to it would have the
/// processors pass the counts back and forth.
///
/// Soundness: whoever lends an object, and whoever lends it further, must keep what keeps it, as a
/// site keeps its servers and locations and an exchange its site.
@dynamicMemberLookup
package struct Lent<Object: AnyObject & Sendable>: @unchecked Sendable {
  private let reference: Unmanaged<Object>

  /// Lends an object.
  @inline(__always)
  package init(_ object: Object) { reference = .passUnretained(object) }

  /// The object, as the caller's own.
  package var object: Object { reference.takeUnretainedValue() }

  /// What tells the object from others.
  @inline(__always)
  package var identity: ObjectIdentifier {
    reference._withUnsafeGuaranteedRef { ObjectIdentifier($0) }
  }

  /// Calls a function with the object.
  @inline(__always)
  package func withObject<Result, Problem: Error>(
    _ body: (Object) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    do {
      return try reference._withUnsafeGuaranteedRef { try body($0) }
    } catch let problem as Problem {
      throw problem
    } catch {
      fatalError("only what the function throws comes here")
    }
  }

  /// A member of the object.
  @inline(__always)
  package subscript<Member>(dynamicMember member: KeyPath<Object, Member>) -> Member {
    reference._withUnsafeGuaranteedRef { $0[keyPath: member] }
  }
}

/// Keeps a value in one place for as long as the object lives.
package final class ValueKeeper<Value: Sendable>: HashableByIdentity, @unchecked Sendable {
  private let address: UnsafeMutablePointer<Value>

  /// Where the value is.
  package var lent: LentValue<Value> { LentValue(address) }

  /// Keeps a value.
  package init(_ value: Value) {
    address = .allocate(capacity: 1)
    address.initialize(to: value)
  }

  /// Keeps a copy of the value that another object keeps.
  init(copying other: ValueKeeper) {
    address = .allocate(capacity: 1)
    address.initialize(from: other.address, count: 1)
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

/// Objects that never change, in a list that lends them without counting references; see ``Lent``.
///
/// Soundness: the list keeps the objects that its memory refers to, and neither ever changes.
package final class LentList<Element: AnyObject & Sendable>: @unchecked Sendable {
  private let elements: [Element]
  private let references: UnsafeMutablePointer<Unmanaged<Element>>

  /// The number of objects.
  package let count: Int

  /// A list of some objects.
  package init(_ elements: [Element]) {
    self.elements = elements
    count = elements.count
    references = .allocate(capacity: max(1, elements.count))
    for (index, element) in elements.enumerated() {
      (references + index).initialize(to: .passUnretained(element))
    }
  }

  deinit { references.deallocate() }

  /// An object, as the caller's own.
  package subscript(index: Int) -> Element { elements[index] }

  /// An object, for those who keep the list.
  @inline(__always)
  package func lent(_ index: Int) -> Lent<Element> {
    precondition(index >= 0 && index < count)
    return references[index]._withUnsafeGuaranteedRef { Lent($0) }
  }

  /// The index of the first object of which something is true; nil where there is none.
  package func firstIndex(where isWanted: (Element) -> Bool) -> Int? {
    elements.firstIndex(where: isWanted)
  }

  /// Calls a function with an object.
  @inline(__always)
  package func withElement<Result>(_ index: Int, _ body: (Element) -> Result) -> Result {
    precondition(index >= 0 && index < count)
    return references[index]._withUnsafeGuaranteedRef(body)
  }
}
