import Bytes
import Testing

@testable import Engine

@Suite struct MD5Tests {
  /// RFC 1321, appendix A.5.
  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
  ])
  func `texts have the digests of the RFC`(text: String, digest: String) {
    let bytes = MD5.digest(of: ByteString(text))
    let hexadecimal = bytes.flatMap { [ASCII.hexDigit($0 >> 4), ASCII.hexDigit($0 & 15)] }
    #expect(ByteString(hexadecimal).string == digest)
  }
}
