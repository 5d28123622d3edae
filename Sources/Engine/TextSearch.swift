import Bytes

/// Questions about texts that several modules ask.
extension ByteString {
  /// The text without spaces and tabs around it.
  var trimmed: ByteString {
    let isBlank: (UInt8) -> Bool = { $0 == ASCII.space || $0 == ASCII.tab }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return ByteString() }
    return self[first..<last + 1]
  }

  /// Whether a user agent is any MSIE; Opera calls itself so, too.
  var isMSIE: Bool {
    guard let start = firstRange(of: "MSIE ") else { return false }
    return count - start.upperBound >= 3 && firstRange(of: "Opera") == nil
  }

  /// Whether a user agent is MSIE 4, 5 or 6; version 6 with `SV1` is one that can be trusted.
  var isOldMSIE: Bool {
    guard let start = firstRange(of: "MSIE ") else { return false }
    let version = dropFirst(start.upperBound)
    guard version.count > 1, version[1] == UInt8(ascii: ".") else { return false }
    switch version[0] {
    case UInt8(ascii: "4"), UInt8(ascii: "5"): return firstRange(of: "Opera") == nil
    case UInt8(ascii: "6"):
      return firstRange(of: "SV1") == nil && firstRange(of: "Opera") == nil
    default: return false
    }
  }

  /// Where a text begins first.
  func firstRange(of text: ByteString) -> Range<Int>? {
    guard let first = text.bytes.first, count >= text.count else { return nil }
    for start in 0...(count - text.count)
    where bytes[start] == first && bytes[start..<start + text.count].elementsEqual(text.bytes) {
      return start..<start + text.count
    }
    return nil
  }
}
