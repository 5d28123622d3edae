import Bytes
import CBoringSSL

/// MD5 (RFC 1321), which old links and the names of cache files rely on.
///
/// It is no protection against anybody: whoever compares digests must compare the texts, too.
enum MD5 {
  static func digest(of text: ByteString) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 16)
    var count: UInt32 = 0
    let isDone = EVP_Digest(text.bytes, text.count, &result, &count, EVP_md5(), nil) == 1
    return isDone && count == 16 ? result : []
  }
}
