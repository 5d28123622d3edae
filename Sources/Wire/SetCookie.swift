public import Bytes

/// The value of a `Set-Cookie` field in its parts: the cookie itself, then its attributes.
///
/// Source: RFC 6265, section 5.2.
public struct SetCookie: Equatable, Sendable {
  /// A name, and a value where there is a `=`.
  public struct Part: Equatable, Sendable {
    /// The name as it was spelled.
    public var name: ByteString

    /// What follows the first `=`; nil where there is none.
    public var value: ByteString?

    /// A name with its value.
    public init(name: ByteString, value: ByteString?) {
      self.name = name
      self.value = value
    }
  }

  /// The cookie and its attributes; at least one part.
  public var parts: [Part]

  /// Takes the value of a field apart; nil where it has no cookie with a value.
  public init?(_ text: ByteString) {
    parts = text.split(on: UInt8(ascii: ";")).enumerated().map { index, text in
      let text = index == 0 ? text : ByteString(text.bytes.drop { $0 == ASCII.space })
      guard let end = text.firstIndex(of: UInt8(ascii: "=")) else {
        return Part(name: text, value: nil)
      }
      return Part(name: text[0..<end], value: text.dropFirst(end + 1))
    }
    guard parts[0].value != nil else { return nil }
  }

  /// The name of the cookie.
  public var name: ByteString { parts[0].name }

  /// The value of the field, with a space behind each semicolon.
  public var text: ByteString {
    var text = ByteString()
    for (index, part) in parts.enumerated() {
      if index > 0 { text.append("; ") }
      text.append(part.name)
      guard let value = part.value else { continue }
      text.append("=")
      text.append(value)
    }
    return text
  }

  /// The first attribute of a name, in lower case; nil where there is none.
  public func firstIndex(of name: ByteString) -> Int? {
    parts.indices.dropFirst().first { parts[$0].name.equalsIgnoringCase(name) }
  }

  /// Drops every attribute of a name from a part on.
  public mutating func remove(_ name: ByteString, from start: Int = 1) {
    for index in parts.indices.dropFirst(max(1, start)).reversed()
    where parts[index].name.equalsIgnoringCase(name) {
      parts.remove(at: index)
    }
  }
}
