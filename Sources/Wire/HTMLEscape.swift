public import Bytes

/// Text made safe for a page or an attribute in double quotes.
public enum HTMLEscape {
  /// The text with `<`, `>`, `&` and `"` as character references.
  public static func escape(_ text: ByteString) -> ByteString {
    var escaped = ByteString()
    for byte in text.bytes {
      switch byte {
      case 0x3C: escaped.append("&lt;" as ByteString)
      case 0x3E: escaped.append("&gt;" as ByteString)
      case 0x26: escaped.append("&amp;" as ByteString)
      case 0x22: escaped.append("&quot;" as ByteString)
      default: escaped.append(byte)
      }
    }
    return escaped
  }
}
