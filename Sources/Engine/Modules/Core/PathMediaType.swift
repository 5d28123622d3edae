import Bytes

extension Exchange {
  /// The value of `Content-Type` that `types` and `default_type` give to the path.
  var mediaTypeOfPath: ByteString {
    if let range = path.fileExtension,
      let type = settings.core.types.byExtension[
        ByteString(path.bytes[range].map { ASCII.lowercase($0) })]
    {
      return type
    }
    return settings.core.defaultType
  }
}

extension ByteString {
  /// Where the extension of a path's last segment is, without its dot; nil where it has none.
  ///
  /// nginx: a segment may begin with a dot, which starts no extension.
  var fileExtension: Range<Int>? {
    var index = count - 1
    while index > 1, self[index] != UInt8(ascii: "/") {
      if self[index] == UInt8(ascii: "."), self[index - 1] != UInt8(ascii: "/") {
        return index + 1 < count ? index + 1..<count : nil
      }
      index -= 1
    }
    return nil
  }
}
