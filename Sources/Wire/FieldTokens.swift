import Bytes

extension Fields {
  /// Calls a function with each member of a comma-separated list, over all lines with a name.
  ///
  /// Empty members are passed over (RFC 9110, section 5.6.1.2).
  public func forEachToken(of name: KnownField, _ body: (ByteRange) -> Void) {
    forEach(name) { line in
      var start = Int(line.value.start)
      let lineEnd = Int(line.value.end)
      while start < lineEnd {
        var next = start
        while next < lineEnd && buffer[next] != 0x2C { next += 1 }
        let token = trimmed(start..<next)
        if !token.isEmpty { body(ByteRange(token)) }
        start = next + 1
      }
    }
  }

  /// Whether a list has a member, in any case of letters.
  ///
  /// - Parameter lowercase: The member, in lower case.
  public func hasToken(_ lowercase: StaticString, in name: KnownField) -> Bool {
    var isFound = false
    forEachToken(of: name) { token in
      isFound = isFound || buffer.matchesIgnoringCase(lowercase, in: token.range)
    }
    return isFound
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end && isBlank(buffer[start]) { start += 1 }
    while start < end && isBlank(buffer[end - 1]) { end -= 1 }
    return start..<end
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }
}
