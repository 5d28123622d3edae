public import Bytes

/// An entity tag, such as `"5f-1a"` or `W/"5f-1a"` (RFC 9110, section 8.8.3).
public struct EntityTag: Hashable, Sendable {
  /// The tag as it stands in a field.
  public let text: ByteString

  /// A tag as it stands in a field, with quotes.
  public init(_ text: ByteString) { self.text = text }

  /// The tag of a file as nginx makes it: modification time and size, in hexadecimal.
  public init(modified seconds: Int, size: Int) {
    let buffer = ByteBuffer(capacity: 40)
    EntityTag.append(modified: seconds, size: size, to: buffer)
    text = buffer.allBytes
  }

  /// Appends the tag of a file as nginx makes it.
  public static func append(modified seconds: Int, size: Int, to buffer: ByteBuffer) {
    buffer.append(0x22)
    buffer.append(hexadecimal: UInt(bitPattern: seconds))
    buffer.append(0x2D)
    buffer.append(hexadecimal: UInt(bitPattern: size))
    buffer.append(0x22)
  }

  /// Whether it begins with `W/`.
  public var isWeak: Bool { text.hasPrefix("W/") }

  private var opaque: ByteString { isWeak ? text.dropFirst(2) : text }

  /// The strong comparison: both are strong and equal.
  public func isStronglyEqual(to other: EntityTag) -> Bool { !isWeak && text == other.text }

  /// The weak comparison: equal but for `W/`.
  public func isWeaklyEqual(to other: EntityTag) -> Bool { opaque == other.opaque }

  /// Whether a list of tags, as in `If-Match` and `If-None-Match`, has this one or is `*`.
  ///
  /// - Parameter weakly: Whether the weak comparison is used, as `If-None-Match` wants it.
  public func isIn(_ list: ByteString, weakly: Bool) -> Bool {
    if list == "*" { return true }
    return EntityTag.tags(of: list).contains {
      weakly ? isWeaklyEqual(to: $0) : isStronglyEqual(to: $0)
    }
  }

  /// The members of a list; a comma between quotation marks separates nothing.
  public static func tags(of list: ByteString) -> [EntityTag] {
    var tags: [EntityTag] = []
    var tag: [UInt8] = []
    var isQuoted = false
    for byte in list.bytes + [0x2C] {
      if byte == 0x22 { isQuoted.toggle() }
      if byte == 0x2C && !isQuoted {
        if !tag.isEmpty { tags.append(EntityTag(ByteString(tag))) }
        tag = []
      } else if isQuoted || (byte != ASCII.space && byte != ASCII.tab) {
        tag.append(byte)
      }
    }
    return tags
  }
}
