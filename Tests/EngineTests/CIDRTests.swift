import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct CIDRTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("192.168.1.1", "192.168.1.1", true), ("192.168.1.1", "192.168.1.2", false),
    ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "::1", true),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
    ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
    ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
    ("::1/128", "::1", true), ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
  ])
  func `a set holds the addresses that share its bits`(
    set: ByteString, address: ByteString, isMember: Bool
  ) throws {
    let cidr = try #require(CIDR(set))
    let host = try #require(SocketAddress(hostText: address, port: 0)).host
    #expect(cidr.contains(host) == isMember)
  }

  @Test(arguments: ["", "a", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0/8", "/8"])
  func `what is no set is refused`(text: ByteString) {
    #expect(CIDR(text) == nil)
  }

  @Test(arguments: [("10.0.0.1/8", true), ("10.0.0.0/8", false), ("::1/64", true)])
  func `bits behind the prefix are noticed`(text: ByteString, hasMeaningless: Bool) {
    #expect(CIDR(text)?.hasMeaninglessBits == hasMeaningless)
  }
}
