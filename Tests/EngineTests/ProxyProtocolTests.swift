import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct ProxyProtocolTests {
  private static let binary: [UInt8] =
    [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
    + [192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 0x00, 0x50]

  private static let addresses = ProxiedAddresses(
    source: SocketAddress(host: .v4(0xC000_0201), port: 0x1234),
    destination: SocketAddress(host: .v4(0xC000_0202), port: 80))

  @Test(arguments: [
    ("PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\nGET", 41),
    ("PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n", 41),
  ])
  func `a line tells both addresses`(text: String, count: Int) {
    let outcome = ProxyProtocol.parse(Array(text.utf8))
    #expect(outcome == .complete(ProxyProtocolTests.addresses, byteCount: count - 1))
  }

  @Test func `the binary form tells both addresses`() {
    let bytes = ProxyProtocolTests.binary
    #expect(ProxyProtocol.parse(bytes) == .complete(ProxyProtocolTests.addresses, byteCount: 28))
    for count in 1..<bytes.count {
      #expect(ProxyProtocol.parse(Array(bytes[0..<count])) == .incomplete)
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\n", "PROXY TCP4 a b 1 2\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1 70000\r\n",
    "PROXY TCP4 1.1.1.1 1.1.1.1 1 2\n",
  ])
  func `anything else is refused`(text: String) {
    #expect(ProxyProtocol.parse(Array(text.utf8)) == .invalid)
  }

  @Test func `a proxy need not know the client`() {
    #expect(ProxyProtocol.parse(Array("PROXY UNKNOWN\r\n".utf8)) == .complete(nil, byteCount: 15))
    #expect(ProxyProtocol.parse(Array("PROX".utf8)) == .incomplete)
  }
}
