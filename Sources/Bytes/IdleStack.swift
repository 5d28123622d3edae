/// Values that wait to be used again; the last one goes first.
///
/// It is to values what ``IdleList`` is to objects.
public struct IdleStack<Value>: ~Copyable {
  @usableFromInline var values: [Value] = []
  @usableFromInline var leastCount = 0

  /// A stack without values.
  public init() {}

  /// The number of values.
  public var count: Int { values.count }

  /// Takes a value in.
  @inlinable @inline(__always)
  public mutating func give(_ value: consuming Value) { values.append(value) }

  /// Takes a value out; nil where there is none.
  @inlinable @inline(__always)
  public mutating func take() -> Value? {
    guard let value = values.popLast() else { return nil }
    leastCount = min(leastCount, values.count)
    return value
  }

  /// Forgets the values that have not been needed since the last call, but for some.
  ///
  /// - Parameter kept: How many stay in any case.
  public mutating func releaseSurplus(but kept: Int) {
    if leastCount > kept {
      // The array is made anew, so that its own memory shrinks, too.
      values = Array(values.dropFirst(leastCount - kept))
    }
    leastCount = values.count
  }

  /// Forgets all values.
  public mutating func removeAll() {
    values = []
    leastCount = 0
  }
}
