import Bytes
import Testing

@testable import Sockets

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:80", "127.0.0.1:80", "127.0.0.1"),
    ("*:8080", "0.0.0.0:8080", "0.0.0.0"),
    ("8000", "0.0.0.0:8000", "0.0.0.0"),
    ("10.1.2.3", "10.1.2.3:80", "10.1.2.3"),
    ("[::1]:443", "[::1]:443", "::1"),
    ("[2001:DB8::0:1]", "[2001:db8::1]:80", "2001:db8::1"),
    ("unix:/run/a.sock", "unix:/run/a.sock", "unix:"),
  ])
  func `an address is read and written as nginx does`(text: String, written: String, host: String) {
    let address = SocketAddress(ByteString(text), defaultPort: 80)
    #expect(address?.text.string == written)
    #expect(address?.hostText.string == host)
  }

  @Test(arguments: [
    "", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0:80", "256.0.0.1:80",
    "[::1", "[::1]80", "[::g]:80", "unix:", "localhost:80", "1.2.3.4.5:80",
  ])
  func `what is no address is refused`(text: String) {
    #expect(SocketAddress(ByteString(text), defaultPort: 80) == nil)
  }

  @Test func `the kernel's form is understood again`() {
    for text in ["127.0.0.1:80", "[fe80::1:2]:443", "unix:/tmp/x"] {
      let address = SocketAddress(ByteString(text))
      let copy = address?.withStorage { SocketAddress($0.pointee, length: $1) }
      #expect(copy == address)
    }
  }

  @Test func `binary addresses are in network order`() {
    #expect(SocketAddress("1.2.3.4:5")?.binary == ByteString([1, 2, 3, 4]))
    #expect(SocketAddress("[::1]:5")?.binary.count == 16)
  }
}
