import Bytes
import Wire

/// The request fields that may be sent only once.
///
/// Two readers of a message could each believe another one of them. nginx answers 400 as well;
/// `Host`, `Content-Length` and `Transfer-Encoding` are looked at elsewhere.
enum UniqueFields {
  private static let names: [FieldName] = [
    .ifModifiedSince, .ifUnmodifiedSince, .ifMatch, .ifNoneMatch, .contentRange, .ifRange, .expect,
    .authorization,
  ]

  /// The bits of the hashes of those names: most fields are told apart by this alone.
  private static let bits: UInt64 = names.reduce(0) { $0 | 1 << UInt64($1.hash & 63) }

  /// Whether one of them is there twice.
  static func isAnyRepeated(in fields: Fields) -> Bool {
    var seen = 0
    var isRepeated = false
    fields.forEach { line in
      guard bits >> UInt64(line.nameHash & 63) & 1 == 1, let index = index(of: line, in: fields)
      else { return }
      if seen >> index & 1 == 1 { isRepeated = true }
      seen |= 1 << index
    }
    return isRepeated
  }

  private static func index(of line: FieldLine, in fields: Fields) -> Int? {
    names.firstIndex {
      $0.hash == line.nameHash && fields.buffer.matchesIgnoringCase($0.bytes, in: line.name.range)
    }
  }
}
