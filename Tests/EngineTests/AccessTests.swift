import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct AccessTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.1.2.3", true),
    ("10.0.0.0/8", "11.1.2.3", false),
    ("10.1.2.3", "10.1.2.3", true),
    ("10.1.2.3", "10.1.2.4", false),
    ("0.0.0.0/0", "1.2.3.4", true),
    ("0.0.0.0/0", "::1", false),
    ("192.168.1.128/25", "192.168.1.127", false),
    ("192.168.1.128/25", "192.168.1.200", true),
    ("2001:db8::/32", "2001:db8:1::1", true),
    ("2001:db8::/32", "2001:db9::1", false),
    ("2001:db8::1:0/112", "2001:db8::1:ff", true),
    ("2001:db8::1:0/112", "2001:db8::2:ff", false),
    ("::1", "::1", true),
    ("::/0", "::1", true),
    ("::/0", "1.2.3.4", false),
  ])
  func `a network holds its addresses`(network: String, address: String, isInside: Bool) throws {
    let network = try #require(CIDR(ByteString(network)))
    let address = try #require(SocketAddress(hostText: ByteString(address), port: 0))
    #expect(!network.hasMeaninglessBits)
    #expect(network.contains(address.host) == isInside)
  }

  @Test(arguments: ["", "x", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::1/129", "10.0.0.0/a"])
  func `what is no network is refused`(text: String) {
    #expect(CIDR(ByteString(text)) == nil)
  }

  @Test(
    arguments: [
      ("10.0.0.1", true), ("10.0.0.2", false), ("10.0.0.4", nil), ("::ffff:10.0.0.1", true),
      ("2001:db8::1", false), ("::1", nil),
    ] as [(String, Bool?)])
  func `the first rule for an address decides`(address: String, isDenied: Bool?) throws {
    let result = load(
      http: "server { deny 10.0.0.1; allow 10.0.0.0/30; allow 2001:db8::/32; }")
    let rules = try #require(result.serverSettings).access.rules
    let host = try #require(SocketAddress(hostText: ByteString(address), port: 0)).host
    #expect(AddressAccess(rules)?.rule(for: host)?.isDenied == isDenied)
  }

  @Test(arguments: [
    ("allow everybody;", ["invalid parameter \"everybody\""]),
    ("deny 10.0.0.1/8;", ["low address bits of 10.0.0.1/8 are meaningless"]),
    ("deny all; allow unix:;", []),
  ])
  func `a mistake is reported in nginx's words`(text: String, messages: [String]) {
    #expect(load(http: text).messages == messages)
  }

  @Test func `own rules take the place of inherited ones`() throws {
    let settings = try #require(
      load(http: "deny 10.0.0.1; allow all; server { deny all; }").serverSettings)
    #expect(settings.access.rules == [AddressRule(subject: .all, isDenied: true)])
  }
}
