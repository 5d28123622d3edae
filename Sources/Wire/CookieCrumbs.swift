public import Bytes

extension Fields {
  /// The value of a cookie: nginx's `$cookie_name`; nil where there is none.
  ///
  /// As in nginx: names are compared without case, spaces may stand around `=`, the first cookie
  /// with the name wins, and a value reaches to the next `;`.
  public func cookie(_ name: ByteString) -> ByteString? {
    let lowercase = name.lowercased
    var found: ByteRange?
    forEach(.cookie) { line in
      if found == nil { found = cookie(lowercase, in: line.value.range) }
    }
    return found.map { buffer.bytes(in: $0.range) }
  }

  private func cookie(_ name: ByteString, in range: Range<Int>) -> ByteRange? {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = index(of: 0x3B, in: start..<range.upperBound)
      if let value = crumbValue(name, in: start..<end) { return value }
      start = skipSpaces(from: end + 1, to: range.upperBound)
    }
    return nil
  }

  /// The value of `name = value` where the name is the wanted one.
  private func crumbValue(_ name: ByteString, in crumb: Range<Int>) -> ByteRange? {
    let nameEnd = crumb.lowerBound + name.count
    guard nameEnd < crumb.upperBound,
      buffer.matchesIgnoringCase(name, in: crumb.lowerBound..<nameEnd)
    else { return nil }
    let equals = skipSpaces(from: nameEnd, to: crumb.upperBound)
    guard equals < crumb.upperBound, buffer[equals] == 0x3D else { return nil }
    return ByteRange(
      start: skipSpaces(from: equals + 1, to: crumb.upperBound), end: crumb.upperBound)
  }

  private func skipSpaces(from start: Int, to end: Int) -> Int {
    var index = start
    while index < end && buffer[index] == ASCII.space { index += 1 }
    return index
  }

  private func index(of byte: UInt8, in range: Range<Int>) -> Int {
    range.first { buffer[$0] == byte } ?? range.upperBound
  }
}
