import Bytes
import Wire

/// The request fields that may be sent only once.
///
/// Two readers of a message could each believe another one of them. nginx answers 400 as well;
/// `Host`, `Content-Length` and `Transfer-Encoding` are looked at elsewhere.
enum UniqueFields {
  private static let names: KnownFieldSet = [
    .ifModifiedSince, .ifUnmodifiedSince, .ifMatch, .ifNoneMatch, .contentRange, .ifRange, .expect,
    .authorization,
  ]

  /// Whether one of them is there twice.
  static func isAnyRepeated(in fields: Fields) -> Bool {
    guard fields.known.intersects(names) else { return false }
    var seen: KnownFieldSet = []
    var isRepeated = false
    fields.forEach { line in
      guard names.contains(line.known) else { return }
      if seen.contains(line.known) { isRepeated = true }
      seen.insert(line.known)
    }
    return isRepeated
  }
}
