public import Bytes

/// The field lines of one head, in the order in which they were received.
///
/// A name may have several lines. Lookups compare hashes first and are linear: heads are short, and
/// a table would cost more to fill than it saves. Lines that are marked as removed are passed over.
public struct Fields {
  /// The buffer that the lines point into.
  public let buffer: ByteBuffer

  /// The field lines in their order; new ones come through ``append(_:)``.
  public var lines: [FieldLine]

  /// A bit for each hash that a line has: most names that are asked for are not there at all.
  @usableFromInline var hashBits: UInt64

  /// Fields whose ranges point into a buffer.
  @inlinable public init(buffer: ByteBuffer, lines: [FieldLine]) {
    self.buffer = buffer
    self.lines = lines
    hashBits = 0
    for index in lines.indices { hashBits |= 1 << UInt64(lines[index].nameHash & 63) }
  }

  /// Appends a line whose ranges point into the buffer.
  @inlinable public mutating func append(_ line: FieldLine) {
    lines.append(line)
    hashBits |= 1 << UInt64(line.nameHash & 63)
  }

  /// Drops every line.
  @inlinable public mutating func removeAllLines() {
    lines.removeAll(keepingCapacity: true)
    hashBits = 0
  }

  // MARK: - One line

  /// The index of the first line with a name, at or after `start`.
  @inlinable public func firstIndex(of name: FieldName, from start: Int = 0) -> Int? {
    guard hashBits >> UInt64(name.hash & 63) & 1 == 1 else { return nil }
    var index = start
    while index < lines.count {
      if isLine(index, named: name) { return index }
      index += 1
    }
    return nil
  }

  @inlinable func isLine(_ index: Int, named name: FieldName) -> Bool {
    lines[index].nameHash == name.hash && !lines[index].isRemoved
      && buffer.matchesIgnoringCase(name.bytes, in: lines[index].name.range)
  }

  /// The first line with a name.
  @inlinable public func first(_ name: FieldName) -> FieldLine? {
    firstIndex(of: name).map { lines[$0] }
  }

  /// Whether there is a field of that name.
  @inlinable public func contains(_ name: FieldName) -> Bool { firstIndex(of: name) != nil }

  /// A copy of the value of the first line with a name.
  public func value(of name: FieldName) -> ByteString? {
    first(name).map { value(of: $0) }
  }

  /// A copy of the value of a line.
  public func value(of line: FieldLine) -> ByteString { buffer.bytes(in: line.value.range) }

  /// A copy of the name of a line, as it was received.
  public func name(of line: FieldLine) -> ByteString { buffer.bytes(in: line.name.range) }

  /// Whether the first line with a name has this value, in any case of letters.
  ///
  /// - Parameter lowercase: The value, in lower case.
  public func value(of name: FieldName, isIgnoringCase lowercase: ByteString) -> Bool {
    guard let line = first(name) else { return false }
    return buffer.matchesIgnoringCase(lowercase, in: line.value.range)
  }

  // MARK: - Several lines

  /// Calls a function with each line, in order.
  @inlinable public func forEach(_ body: (FieldLine) -> Void) {
    for line in lines where !line.isRemoved { body(line) }
  }

  /// Calls a function with each line of a name, in order.
  @inlinable public func forEach(_ name: FieldName, _ body: (FieldLine) -> Void) {
    for index in lines.indices where isLine(index, named: name) { body(lines[index]) }
  }

  /// The number of lines with a name.
  public func count(of name: FieldName) -> Int {
    var count = 0
    forEach(name) { _ in count += 1 }
    return count
  }

  /// Copies of the values of all lines with a name.
  public func values(of name: FieldName) -> [ByteString] {
    var values: [ByteString] = []
    forEach(name) { values.append(value(of: $0)) }
    return values
  }

  /// The values of all lines with a name in one string; nil where there are none.
  ///
  /// - Parameter separator: `", "` for lists (RFC 9110, section 5.2), `"; "` for `Cookie`.
  public func joinedValues(
    of name: FieldName, separator: ByteString = ", "
  ) -> ByteString? {
    joinedValues(separator: separator) { isLine($0, named: name) }
  }

  /// The values of all lines whose name, in a variable's spelling, is `spelling`; nil where there
  /// are none.
  ///
  /// - Parameters:
  ///   - spelling: The name in lower case with `_` for `-`: the `x_real_ip` of `$http_x_real_ip`.
  ///   - hash: ``FieldName/hash(of:)`` of the spelling.
  public func joinedValues(
    ofVariable spelling: ByteString, hash: UInt32, separator: ByteString = ", "
  ) -> ByteString? {
    joinedValues(separator: separator) { isLine($0, spelled: spelling, hash: hash) }
  }

  private func joinedValues(separator: ByteString, where isWanted: (Int) -> Bool) -> ByteString? {
    var joined: ByteString?
    for index in lines.indices where isWanted(index) {
      joined = (joined.map { $0 + separator } ?? "") + value(of: lines[index])
    }
    return joined
  }

  private func isLine(_ index: Int, spelled spelling: ByteString, hash: UInt32) -> Bool {
    let line = lines[index]
    guard line.nameHash == hash, !line.isRemoved, line.name.count == spelling.count else {
      return false
    }
    let start = Int(line.name.start)
    return spelling.bytes.indices.allSatisfy {
      FieldName.spelling(of: buffer[start + $0]) == spelling.bytes[$0]
    }
  }

  // MARK: - Removing

  /// Marks all lines with a name as removed.
  public mutating func remove(_ name: FieldName) {
    for index in lines.indices where isLine(index, named: name) { lines[index].isRemoved = true }
  }
}
