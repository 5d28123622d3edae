import Bytes

/// Finds objects by names that a configuration has given them, such as servers by their hosts.
///
/// It never changes, and lends its objects without counting references. What a search touches lies
/// close together, so that it costs little in large tables.
struct NameTable<Value: AnyObject & Sendable>: Sendable {
  private struct Place: Sendable {
    /// A part of the name's hash.
    var hash: UInt32 = 0

    /// Where the name is in ``NameTable/names``.
    var start: UInt32 = 0
    var end: UInt32 = 0

    /// nil where the place is empty.
    var value: Lent<Value>?
  }

  /// Twice as many as names at least, a power of two; what does not get its place gets the next.
  private var places: [Place]
  private var names: [UInt8] = []

  /// Keeps the objects that the places lend.
  private let values: [Value]

  /// The table of some names.
  init(_ names: [ByteString: Value]) {
    var size = 2
    while size < names.count * 2 { size *= 2 }
    places = Array(repeating: Place(), count: size)
    values = Array(names.values)
    for (name, value) in names { insert(name, Lent(value)) }
  }

  private mutating func insert(_ name: ByteString, _ value: Lent<Value>) {
    let start = UInt32(names.count)
    names += name.bytes
    let hash = name.bytes.span.bytes.hash
    var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
    while places[place].value != nil { place = (place + 1) & (places.count - 1) }
    places[place] = Place(
      hash: UInt32(truncatingIfNeeded: hash >> 32), start: start, end: UInt32(names.count),
      value: value)
  }

  /// Whether there are no names.
  var isEmpty: Bool { values.isEmpty }

  /// The object of a name, for those who keep the table; nil where there is none.
  @inline(__always)
  subscript(name: ByteString) -> Lent<Value>? { isEmpty ? nil : find(name.bytes.span) }

  /// The same of a part of a text.
  func find(_ name: Span<UInt8>) -> Lent<Value>? {
    let hash = name.bytes.hash
    var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
    while let value = places[place].value {
      if places[place].hash == UInt32(truncatingIfNeeded: hash >> 32) {
        let range = Int(places[place].start)..<Int(places[place].end)
        if names.span.extracting(range).bytes.isEqual(to: name.bytes) { return value }
      }
      place = (place + 1) & (places.count - 1)
    }
    return nil
  }
}
