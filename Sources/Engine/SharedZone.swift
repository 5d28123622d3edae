package import Bytes
package import Config

/// A zone of memory that all loops share, as `limit_req_zone` and its kin declare it.
package struct ZoneName: Hashable, Sendable {
  /// The name that directives refer to.
  package let name: ByteString

  /// The size in bytes, from which the most entries follow.
  package let byteCount: Int

  /// Reads `name:size`.
  ///
  /// - Throws: nginx's own sentence; `directive` names the parameter in it.
  package init(
    _ text: ByteString, _ word: Word, of statement: Statement
  ) throws(Diagnostic) {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      let size = Units.size(text.dropFirst(colon + 1))
    else {
      throw .custom("invalid zone size \"\(word.text)\"", at: statement, word: word)
    }
    // nginx: a zone has eight pages at least.
    guard size >= 32_768 else {
      throw .custom("zone \"\(word.text)\" is too small", at: statement, word: word)
    }
    name = text[0..<colon]
    byteCount = size
  }
}
