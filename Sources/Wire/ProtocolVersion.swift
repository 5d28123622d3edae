/// The version of HTTP that a message claims.
public struct ProtocolVersion: Hashable, Comparable, Sendable {
  public let major: UInt8
  public let minor: UInt8

  @inlinable public init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// The version of a simple request: a request line without version, and no fields.
  @inlinable public static var http09: Self { Self(major: 0, minor: 9) }
  @inlinable public static var http10: Self { Self(major: 1, minor: 0) }
  @inlinable public static var http11: Self { Self(major: 1, minor: 1) }

  @inlinable public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
