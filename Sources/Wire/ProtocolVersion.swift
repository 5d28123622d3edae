/// The version of HTTP that a message claims.
public struct ProtocolVersion: Hashable, Comparable, Sendable {
  /// The digit before the dot.
  public let major: UInt8

  /// The digit behind the dot.
  public let minor: UInt8

  /// A version of HTTP.
  @inlinable public init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// The version of a simple request: a request line without version, and no fields.
  @inlinable public static var http09: Self { Self(major: 0, minor: 9) }

  /// HTTP/1.0.
  @inlinable public static var http10: Self { Self(major: 1, minor: 0) }

  /// HTTP/1.1.
  @inlinable public static var http11: Self { Self(major: 1, minor: 1) }

  /// The eight bytes of `HTTP/1.1`, the first lowest.
  static var wordOfHTTP11: UInt64 { 0x312E_312F_5054_5448 }

  /// Whether one version is older than another.
  @inlinable public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
