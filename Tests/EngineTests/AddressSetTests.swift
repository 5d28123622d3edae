import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct AddressSetTests {
  @Test func `trusted addresses are passed over from the end of a list`() throws {
    var set = AddressSet()
    set.networks = [try #require(CIDR("10.0.0.0/8"))]
    let peer = try #require(SocketAddress("10.0.0.1", defaultPort: 1))
    let lines = ["1.1.1.1, 2.2.2.2", "10.9.9.9"].map { ByteString($0) }
    #expect(set.address(behind: peer, lines, isRecursive: false)?.hostText == "10.9.9.9")
    #expect(set.address(behind: peer, lines, isRecursive: true)?.hostText == "2.2.2.2")
    let stranger = try #require(SocketAddress("9.9.9.9", defaultPort: 1))
    #expect(set.address(behind: stranger, lines, isRecursive: true) == nil)
  }
}
