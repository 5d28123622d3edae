import Bytes
import Testing

@testable import Engine

/// Examples of RFC 1321, appendix A.5.
@Suite struct MD5Tests {
  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
  ])
  func `texts have the digests of the RFC`(text: String, digest: String) {
    #expect(MD5.digest(of: ByteString(text)).map { hex($0) }.joined() == digest)
  }

  private func hex(_ byte: UInt8) -> String {
    String(decoding: [ASCII.hexDigit(byte >> 4), ASCII.hexDigit(byte & 15)], as: UTF8.self)
  }
}
