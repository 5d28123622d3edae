import Foundation
import Testing

/// When a FastCGI response is over.
@Suite struct FastCGIEndTests {
  @Test func `the server is heard to the record that ends the request`() throws {
    let prefix = try TemporaryFolder()
    let (port, originPort) = (try FreePorts.take(), try FreePorts.take())
    let listener = try RawSocket.listen(on: originPort)
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log off;
        server { listen 127.0.0.1:\(port); location / { fastcgi_pass 127.0.0.1:\(originPort); } }
        }

        """)
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let server = try #require(listener.accept(within: 5))
    _ = server.receive(within: 5)
    let output = Array("Content-Type: text/plain\r\n\r\nhello".utf8)
    server.send([1, 6, 0, 1, 0, UInt8(output.count), 0, 0] + output + [1, 6, 0, 1, 0, 0, 0, 0])
    // Nothing comes as long as the connection is open, and the end of it when it is closed.
    guard case .timedOut = server.receive(within: 0.3) else {
      Issue.record("the connection ended with the output")
      return
    }
    server.send([1, 3, 0, 1, 0, 8, 0, 0] + [UInt8](repeating: 0, count: 8))
    let response = try #require(client.readResponse())
    #expect(response.status == 200)
    #expect(String(decoding: response.content, as: UTF8.self) == "hello")
    proxy.stop()
  }
}
