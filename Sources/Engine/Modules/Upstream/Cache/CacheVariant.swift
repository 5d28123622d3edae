import Bytes
import Wire

/// Tells the variants of a response apart whose `Vary` names fields of the request.
enum CacheVariant {
  /// The digest of a variant: of the key and the fields that `Vary` names.
  static func digest(
    key: CacheDigest, vary: ByteString, request fields: Fields
  ) -> CacheDigest {
    var text = ByteString(key.bytes)
    for name in names(in: vary) {
      text.append(name)
      text.append(":")
      text.append(value(of: FieldName(name), in: fields))
      text.append("\r\n")
    }
    return CacheDigest(of: text)
  }

  private static func names(in vary: ByteString) -> [ByteString] {
    words(of: vary.lowercased)
  }

  private static func words(of list: ByteString) -> [ByteString] {
    list.bytes.split { $0 == UInt8(ascii: ",") || $0 == ASCII.space || $0 == UInt8(ascii: "\t") }
      .map { ByteString($0) }
  }

  /// The lines of a field as one list; spaces in those that list what is acceptable do not count.
  private static func value(of name: FieldName, in fields: Fields) -> ByteString {
    var values = fields.values(of: name)
    switch name.bytes {
    case "accept-charset", "accept-encoding", "accept-language":
      values = values.flatMap { words(of: $0) }
    default: break
    }
    return values.reduce(into: ByteString()) { list, value in
      if !list.isEmpty { list.append(",") }
      list.append(value)
    }
  }
}
