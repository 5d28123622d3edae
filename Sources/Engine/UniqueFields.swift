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

  /// Whether one of them is there twice, in a head of which nothing has been removed.
  static func isAnyRepeated(in fields: Fields) -> Bool {
    fields.repeated.intersects(names)
  }
}
