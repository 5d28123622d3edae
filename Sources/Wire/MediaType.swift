public import Bytes

/// Questions about the value of `Content-Type` (RFC 9110, section 8.3).
public enum MediaType {
  /// The type and subtype in lower case, without parameters: nginx compares them with its lists.
  public static func essence(of value: ByteString) -> ByteString {
    let end = value.firstIndex(of: 0x3B) ?? value.count
    let name = value.bytes[..<end].lastIndex { $0 != ASCII.space && $0 != ASCII.tab }
    return name.map { value[0..<($0 + 1)].lowercased } ?? ""
  }

  /// The value of the `charset` parameter without quotation marks; nil where there is none.
  public static func charset(of value: ByteString) -> ByteString? {
    for parameter in value.split(on: 0x3B).dropFirst() {
      let text = ByteString(parameter.bytes.drop { $0 == ASCII.space || $0 == ASCII.tab })
      guard text.count > 8, text[0..<8].equalsIgnoringCase("charset=") else { continue }
      let name = text.dropFirst(8).bytes.filter { $0 != 0x22 }
      return ByteString(name.prefix { $0 != ASCII.space && $0 != ASCII.tab })
    }
    return nil
  }
}
