public import Bytes

/// The field lines of one head, in the order in which they were received.
///
/// A name may have several lines. Lookups are linear: heads are short, and a table would cost more
/// to fill than it saves. Lines that are marked as removed are passed over.
///
/// One object, one owner, like the buffer that the lines point into. Soundness: the memory of the
/// lines never leaves the object, and every index is checked against their number first.
public final class Fields: Idling {
  /// The buffer that the lines point into.
  public let buffer: ByteBuffer

  /// The next one of a pool's idle objects; see ``IdleList``.
  public final var nextIdle: Unmanaged<Fields>?

  /// The number of lines, removed ones included.
  public private(set) var count = 0

  @usableFromInline var memory: UnsafeMutablePointer<FieldLine>?
  private var capacity = 0

  /// A bit for each hash of a line whose name is not known: most names that are asked for are not
  /// there at all.
  private var hashBits: UInt64 = 0

  /// The known fields that have a line, removed ones included.
  public private(set) var known: KnownFieldSet = []

  /// Those of them that have several.
  public private(set) var repeated: KnownFieldSet = []

  /// The place of the last line of each of ``known``, by ``KnownField/rawValue``.
  @usableFromInline var places = InlineArray<64, Int32>(repeating: 0)

  /// At hand, since asking for what all share takes a check each time.
  private let table = KnownFieldTable.shared

  /// Fields without lines; those to come point into a buffer.
  public init(buffer: ByteBuffer) { self.buffer = buffer }

  deinit { memory?.deallocate() }

  /// A line by its place; new ones come through ``append(_:)``.
  @inlinable public subscript(index: Int) -> FieldLine {
    get {
      precondition(index >= 0 && index < count)
      return memory.unsafelyUnwrapped[index]
    }
    set {
      precondition(index >= 0 && index < count)
      memory.unsafelyUnwrapped[index] = newValue
    }
  }

  /// Appends a line whose ranges point into the buffer.
  @inline(__always)
  public func append(_ line: FieldLine) {
    if count == capacity { grow() }
    (memory.unsafelyUnwrapped + count).initialize(to: line)
    if line.known == .other {
      hashBits |= FieldName.bit(of: line.nameHash)
    } else {
      if known.contains(line.known) { repeated.insert(line.known) }
      known.insert(line.known)
      places[Int(line.known.rawValue)] = Int32(truncatingIfNeeded: count)
    }
    count &+= 1
  }

  /// The known field of a name in any case of letters; nil where it is not known.
  @inline(__always)
  func knownField(_ name: NameWords) -> KnownField? { table.field(name) }

  @inline(never)
  private func grow() {
    let newCapacity = max(16, capacity * 2)
    let larger = UnsafeMutablePointer<FieldLine>.allocate(capacity: newCapacity)
    if let memory {
      larger.update(from: memory, count: count)
      memory.deallocate()
    }
    memory = larger
    capacity = newCapacity
  }

  /// Gives up the memory that no line fills, that of the buffer included.
  public func shrinkToFit() {
    buffer.shrinkToFit()
    guard let memory, count < capacity else { return }
    self.memory = nil
    if count > 0 {
      let smaller = UnsafeMutablePointer<FieldLine>.allocate(capacity: count)
      smaller.update(from: memory, count: count)
      self.memory = smaller
    }
    memory.deallocate()
    capacity = count
  }

  /// Drops every line; the bytes of the buffer stay.
  public func removeAllLines() {
    count = 0
    hashBits = 0
    known.removeAll()
    repeated.removeAll()
  }

  /// Lends the bytes of the buffer.
  @inline(__always)
  func withBytes<Result, Problem: Error>(
    _ body: (Span<UInt8>) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    try buffer.withSpan(body)
  }

  // MARK: - One line

  /// The index of the first line with a name; nil where there is none.
  @inlinable @inline(__always)
  public func firstIndex(of field: KnownField) -> Int? {
    known.contains(field) ? firstIndex(ofKnown: field) : nil
  }

  /// The same where there is a line, perhaps one that is removed.
  @inlinable @inline(__always)
  func firstIndex(ofKnown field: KnownField) -> Int? {
    if repeated.contains(field) { return firstIndex(of: field, from: 0) }
    let place = Int(places[Int(field.rawValue)])
    return self[place].isRemoved ? nil : place
  }

  /// The index of the next line with the name of another; nil where there is none.
  @inlinable @inline(__always)
  public func nextIndex(of field: KnownField, behind place: Int) -> Int? {
    repeated.contains(field) ? firstIndex(of: field, from: place + 1) : nil
  }

  @usableFromInline func firstIndex(of field: KnownField, from place: Int) -> Int? {
    (place..<count).first { isLine($0, named: field) }
  }

  /// The index of the first line with any name; nil where there is none.
  public func firstIndex(of name: FieldName) -> Int? {
    if name.known != .other { return firstIndex(of: name.known) }
    guard hashBits & FieldName.bit(of: name.hash) != 0 else { return nil }
    return (0..<count).first { isLine($0, named: name) }
  }

  private func isLine(_ index: Int, named field: KnownField) -> Bool {
    self[index].known == field && !self[index].isRemoved
  }

  private func isLine(_ index: Int, named name: FieldName) -> Bool {
    if name.known != .other { return isLine(index, named: name.known) }
    return self[index].nameHash == name.hash && !self[index].isRemoved
      && buffer.matchesIgnoringCase(name.bytes, in: self[index].name.range)
  }

  /// The first line with a name.
  public func first(_ field: KnownField) -> FieldLine? { firstIndex(of: field).map { self[$0] } }

  /// Whether there is a field of that name.
  @inlinable @inline(__always)
  public func contains(_ field: KnownField) -> Bool { firstIndex(of: field) != nil }

  /// Whether there is a field of any name.
  public func contains(_ name: FieldName) -> Bool { firstIndex(of: name) != nil }

  /// A copy of the value of the first line with a name.
  public func value(of field: KnownField) -> ByteString? {
    first(field).map { value(of: $0) }
  }

  /// A copy of the value of a line.
  public func value(of line: FieldLine) -> ByteString { buffer.bytes(in: line.value.range) }

  /// A copy of the name of a line, as it was received.
  public func name(of line: FieldLine) -> ByteString { buffer.bytes(in: line.name.range) }

  /// Whether the first line with a name has this value, in any case of letters.
  ///
  /// - Parameter lowercase: The value, in lower case.
  public func value(of field: KnownField, isIgnoringCase lowercase: StaticString) -> Bool {
    guard let line = first(field) else { return false }
    return buffer.matchesIgnoringCase(lowercase, in: line.value.range)
  }

  // MARK: - Several lines

  /// Calls a function with each line, in order.
  @inlinable public func forEach(_ body: (FieldLine) -> Void) {
    for index in 0..<count where !self[index].isRemoved { body(self[index]) }
  }

  /// Calls a function with each line of a name, in order.
  public func forEach(_ field: KnownField, _ body: (FieldLine) -> Void) {
    guard known.contains(field) else { return }
    for index in 0..<count where isLine(index, named: field) { body(self[index]) }
  }

  /// The number of lines with a name.
  public func count(of field: KnownField) -> Int {
    var number = 0
    forEach(field) { _ in number += 1 }
    return number
  }

  /// Copies of the values of all lines with a name.
  public func values(of field: KnownField) -> [ByteString] { values(of: FieldName(field)) }

  /// Copies of the values of all lines with any name.
  public func values(of name: FieldName) -> [ByteString] {
    (0..<count).filter { isLine($0, named: name) }.map { value(of: self[$0]) }
  }

  /// Appends the values of all lines with a name, joined.
  ///
  /// - Parameter separator: `", "` for lists (RFC 9110, section 5.2), `"; "` for `Cookie`.
  /// - Returns: false where there are none.
  public func appendJoinedValues(
    of field: KnownField, separator: StaticString, to output: ByteBuffer
  ) -> Bool {
    guard known.contains(field) else { return false }
    return appendJoinedValues(separator, to: output) { isLine($0, named: field) }
  }

  /// Appends the values of all lines whose name, in a variable's spelling, is `spelling`, joined.
  ///
  /// - Parameters:
  ///   - spelling: The name in lower case with `_` for `-`: the `x_real_ip` of `$http_x_real_ip`.
  ///   - hash: ``FieldName/hash(of:)`` of the spelling.
  /// - Returns: false where there are none.
  public func appendJoinedValues(
    ofVariable spelling: ByteString, hash: UInt32, separator: StaticString, to output: ByteBuffer
  ) -> Bool {
    guard mayHaveLine(hash) else { return false }
    return appendJoinedValues(separator, to: output) { isLine($0, spelled: spelling, hash: hash) }
  }

  private func mayHaveLine(_ hash: UInt32) -> Bool {
    hashBits & FieldName.bit(of: hash) != 0 || table.field(hash: hash).map(known.contains) ?? false
  }

  @inline(__always)
  private func appendJoinedValues(
    _ separator: StaticString, to output: ByteBuffer, where isWanted: (Int) -> Bool
  ) -> Bool {
    var isFirst = true
    for index in 0..<count where isWanted(index) {
      if !isFirst { output.append(separator) }
      isFirst = false
      output.append(buffer, in: self[index].value.range)
    }
    return !isFirst
  }

  private func isLine(_ index: Int, spelled spelling: ByteString, hash: UInt32) -> Bool {
    let line = self[index]
    guard line.nameHash == hash, !line.isRemoved, line.name.count == spelling.count else {
      return false
    }
    let start = Int(line.name.start)
    for offset in 0..<spelling.count
    where FieldName.spelling(of: buffer[start + offset]) != spelling[offset] {
      return false
    }
    return true
  }

  // MARK: - Removing

  /// Marks all lines with a name as removed.
  public func remove(_ field: KnownField) { remove(where: { isLine($0, named: field) }) }

  /// Marks all lines with any name as removed.
  public func remove(_ name: FieldName) { remove(where: { isLine($0, named: name) }) }

  private func remove(where isWanted: (Int) -> Bool) {
    for index in 0..<count where isWanted(index) {
      memory.unsafelyUnwrapped[index].isRemoved = true
    }
  }
}
