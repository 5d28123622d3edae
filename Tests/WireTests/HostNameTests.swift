import Bytes
import Testing

@testable import Wire

@Suite struct HostNameTests {
  @Test(
    arguments: [
      ("Example.COM", "example.com", nil), ("a.:80", "a", 80), ("[::1]:8080", "[::1]", 8080),
      ("a:", "a", nil), ("a_b~!", "a_b~!", nil), ("h:65535", "h", 65535), (".a", ".a", nil),
    ] as [(String, String, UInt16?)])
  func `a host is normalized`(text: String, name: String, port: UInt16?) {
    let host = HostName(ByteString(text))
    #expect(host?.name.string == name)
    #expect(host?.port == port)
  }

  @Test(arguments: [
    "", ".", "a..b", "a/b", "a b", "a@b", "h:65536", "h:8x", ":80", "[::1", "[::1]x", "a:1:2", "é",
    "a\0", "h:99999999999999999999",
  ])
  func `an invalid host is refused`(text: String) {
    #expect(HostName(ByteString(text)) == nil)
  }
}
