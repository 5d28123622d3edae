import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct UpstreamAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1:80"),
    ("127.0.0.1:8080", "127.0.0.1:8080"),
    ("[::1]", "[::1]:80"),
    ("[::1]:8080", "[::1]:8080"),
    ("unix:/run/app.sock", "unix:/run/app.sock"),
  ])
  func `addresses are read`(text: String, address: String) throws {
    let parsed = try UpstreamAddress(ByteString(text), defaultPort: 80)
    #expect(parsed.address?.description == address)
  }

  @Test func `names keep their port and have no address`() throws {
    let parsed = try UpstreamAddress("backend:8080", defaultPort: 80)
    #expect(parsed.host == "backend")
    #expect(parsed.port == 8080)
    #expect(parsed.address == nil)
  }

  @Test(arguments: [
    (":80", "no host"),
    ("a:0", "invalid port"),
    ("a:65536", "invalid port"),
    ("a:", "invalid port"),
    ("a/b", "invalid host"),
    ("[::1", "invalid host"),
    ("unix:", "no path in the unix domain socket"),
  ])
  func `a mistake is named in nginx's words`(text: String, message: String) throws {
    let problem = try #require(throws: UpstreamAddress.Problem.self) {
      try UpstreamAddress(ByteString(text), defaultPort: 80)
    }
    #expect(problem.message == message)
  }
}
