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

  /// The same as the binary form tells them.
  private static let binaryAddresses = ProxiedAddresses(
    source: addresses.source, destination: addresses.destination,
    values: ProxyProtocolValues(bytes: []))

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
    let addresses = ProxyProtocolTests.binaryAddresses
    #expect(ProxyProtocol.parse(bytes) == .complete(addresses, byteCount: 28))
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

  // MARK: - What is told besides addresses

  private static func field(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
    [type, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
  }

  private static let values = ProxyProtocolValues(
    bytes: field(0x01, Array("h2".utf8)) + field(0x02, Array("a.example".utf8))
      + field(0xAE, Array("own".utf8)) + field(0x01, Array("later".utf8))
      + field(
        0x20,
        [1, 0x80, 0, 0, 1] + field(0x21, Array("TLSv1.3".utf8)) + field(0x22, Array("cn".utf8))))

  @Test(arguments: [
    ("alpn", "h2"), ("0x1", "h2"), ("0x0001", "h2"), ("authority", "a.example"),
    ("unique_id", nil), ("0xae", "own"), ("0x1ae", nil), ("ssl_version", "TLSv1.3"),
    ("ssl_0x21", "TLSv1.3"), ("ssl_cn", "cn"), ("ssl_cipher", nil), ("ssl_verify", "2147483649"),
  ])
  func `fields are found by their names and by their numbers`(name: String, value: String?) throws {
    let found = try ProxyProtocolTests.values.value(named: ByteString(name))
    #expect(found?.string == value)
  }

  @Test func `the field of TLS is also told as it is`() throws {
    let whole = try #require(try ProxyProtocolTests.values.value(named: "ssl"))
    #expect(whole.count == 20 && whole.bytes.starts(with: [1, 0x80, 0, 0, 1, 0x21, 0, 7]))
  }

  @Test func `unknown names and lengths beyond the end are told apart`() {
    func problem(_ name: ByteString, _ bytes: [UInt8]) -> ProxyProtocolValues.Problem? {
      do {
        _ = try ProxyProtocolValues(bytes: bytes).value(named: name)
        return nil
      } catch {
        return error
      }
    }
    for name: ByteString in ["alp", "0x", "0xg", "verify"] {
      #expect(problem(name, []) == .nameUnknown)
    }
    for bytes: [UInt8] in [[2], [2, 0], [2, 0, 1], [2, 0, 1, 7, 1, 1, 0]] {
      #expect(problem("alpn", bytes) == .malformed)
    }
    #expect(problem("ssl_version", [0x20, 0, 4, 0, 0, 0, 0]) == .malformed)
    #expect(problem("ssl_version", []) == nil)
  }

  @Test func `the binary form carries fields behind the addresses`() {
    var bytes = ProxyProtocolTests.binary
    let field = ProxyProtocolTests.field(0x05, [0x61, 0x62])
    bytes[15] += UInt8(field.count)
    guard case .complete(let addresses?, byteCount: 33) = ProxyProtocol.parse(bytes + field + [0])
    else {
      Issue.record("not complete")
      return
    }
    #expect(addresses.values == ProxyProtocolValues(bytes: field))
  }
}
