public import Bytes

/// The host that a request names, and its port (RFC 9110, section 7.2).
///
/// Validated as nginx validates it: the bytes of a registered name or an address literal, no two
/// dots in a row, a port of at most 65535. The name is in lower case and without a trailing dot.
public struct HostName: Hashable, Sendable {
  /// The name, with brackets where it is an IPv6 address; not empty.
  public let name: ByteString

  /// nil where the host has no port, or one of no digits or zero.
  public let port: UInt16?

  /// - Parameter text: `host [":" port]`.
  /// - Returns: nil where it is invalid; the status of the response is 400.
  public init?(_ text: ByteString) {
    if HostName.isPlain(text.bytes.span) {
      self.init(name: text, port: nil)
      return
    }
    let parsed = text.bytes.withUnsafeBufferPointer { HostName.parse($0.span) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// The host in a part of a buffer: the value of `Host` or the authority of a target.
  public init?(_ buffer: ByteBuffer, in range: Range<Int>) {
    guard let parsed = buffer.withSpan({ HostName.parse($0.extracting(range)) }) else { return nil }
    self = parsed
  }

  private init(name: ByteString, port: UInt16?) {
    self.name = name
    self.port = port
  }

  private static func parse(_ text: Span<UInt8>) -> HostName? {
    guard var nameEnd = nameEnd(text), let port = port(text, from: nameEnd) else { return nil }
    if nameEnd > 0 && text[nameEnd - 1] == 0x2E { nameEnd -= 1 }
    guard nameEnd > 0 else { return nil }
    var name: [UInt8] = []
    name.reserveCapacity(nameEnd)
    for index in 0..<nameEnd { name.append(ASCII.lowercase(text[index])) }
    return HostName(name: ByteString(name), port: port == 0 ? nil : port)
  }

  /// Whether a text is a valid name just as it stands: in lower case, without a port.
  private static func isPlain(_ text: Span<UInt8>) -> Bool {
    var last: UInt8 = 0x2E
    for index in text.indices {
      let byte = text[index]
      let isDot = byte == 0x2E
      guard byte < 0x80, plainBytes[Int(byte)], !isDot || last != 0x2E || index == 0 else {
        return false
      }
      last = byte
    }
    return last != 0x2E
  }

  /// What a name may have but for upper case: most have nothing else.
  private static let plainBytes: InlineArray<128, Bool> = InlineArray { index in
    let byte = UInt8(index)
    return isNameByte(byte) && ASCII.lowercase(byte) == byte || byte == 0x25
  }

  /// The index of the colon before the port, or of the end; nil where the name is invalid.
  private static func nameEnd(_ text: Span<UInt8>) -> Int? {
    let isLiteral = !text.isEmpty && text[0] == 0x5B
    for index in (isLiteral ? 1 : 0)..<text.count {
      let byte = text[index]
      if isLiteral && byte == 0x5D { return index + 1 }
      if !isLiteral && byte == 0x3A { return index }
      guard isNameByte(byte) || byte == (isLiteral ? 0x3A : 0x25) else { return nil }
      if byte == 0x2E && index > 0 && text[index - 1] == 0x2E { return nil }
    }
    return isLiteral ? nil : text.count
  }

  /// The unreserved and sub-delims of RFC 3986, section 2.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x2D, 0x2E, 0x5F, 0x7E: true
    case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D: true
    default: ASCII.isAlphanumeric(byte)
    }
  }

  /// The port after a name; 0 where there is none, nil where it is invalid.
  private static func port(_ text: Span<UInt8>, from colon: Int) -> UInt16? {
    guard colon < text.count else { return 0 }
    guard text[colon] == 0x3A else { return nil }
    var port = 0
    for index in (colon + 1)..<text.count {
      guard let digit = ASCII.digit(text[index]) else { return nil }
      port = port * 10 + digit
      guard port <= 65535 else { return nil }
    }
    return UInt16(port)
  }
}
