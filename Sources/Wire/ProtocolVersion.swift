/// The version of HTTP that a message claims.
package struct ProtocolVersion: Hashable, Comparable, Sendable {
  /// The digit before the dot.
  package let major: UInt8

  /// The digit behind the dot.
  package let minor: UInt8

  @inlinable package init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// The version of a simple request: a request line without version, and no fields.
  @inlinable package static var http09: Self { Self(major: 0, minor: 9) }
  @inlinable package static var http10: Self { Self(major: 1, minor: 0) }
  @inlinable package static var http11: Self { Self(major: 1, minor: 1) }

  @inlinable package static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
