import Foundation
import Testing

/// What many requests, and peers that do not read, cost.
@Suite(.serialized) struct EnduranceTests {
  @Test func `200,000 requests leave memory and descriptors flat`() throws {
    let port = try FreePorts.take()
    let origin = try Origin()
    let proxy = try Proxy(
      Binaries.subject, prefix: try TemporaryFolder(),
      configuration: """
        http {
        access_log off;
        server {
        listen 127.0.0.1:\(port);
        keepalive_requests 1000000;
        location / { return 200 "answer"; }
        location /origin { proxy_pass http://127.0.0.1:\(origin.port); }
        }
        }
        """)
    try ask(port, "/", count: 20_000)
    try ask(port, "/origin", count: 1_000)
    let memory = proxy.program.memoryKiB
    let descriptors = proxy.program.descriptorCount
    try ask(port, "/", count: 190_000)
    try ask(port, "/origin", count: 10_000)
    #expect(proxy.program.memoryKiB - memory < 1024)
    #expect(proxy.program.descriptorCount - descriptors <= 2)
    proxy.stop()
  }

  /// Sends requests on one connection in batches, and reads what each batch brings.
  private func ask(_ port: Int, _ target: String, count: Int) throws {
    let client = try Client(port: port)
    let request = "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
    client.send(request)
    let first = try #require(client.readResponse())
    #expect(first.status == 200)
    // Only the date differs between responses, and not in length.
    let length = first.fields.reduce(first.startLine.utf8.count + 4 + first.content.count) {
      $0 + $1.name.utf8.count + $1.value.utf8.count + 4
    }
    let batch = String(repeating: request, count: 100)
    for _ in 0..<(count / 100) {
      client.send(batch)
      #expect(client.readBytes(length * 100).count == length * 100)
    }
  }

  @Test func `a client that never reads costs less than 2 MB`() throws {
    let port = try FreePorts.take()
    let listener = try RawSocket.listen(on: try FreePorts.take())
    let proxy = try Proxy(
      Binaries.subject, prefix: try TemporaryFolder(),
      configuration: """
        http {
        access_log off;
        server {
        listen 127.0.0.1:\(port);
        location / { proxy_pass http://127.0.0.1:\(listener.port); }
        }
        }
        """)
    let before = proxy.program.memoryKiB
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let peer = try #require(listener.accept(within: 5))
    _ = peer.receive(within: 5)
    let size = 100 << 20
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n".utf8)
    let block = [UInt8](repeating: 120, count: 1 << 20)
    // Ends when all is sent, or when the proxy has taken nothing for some time.
    for _ in 0..<100 where !peer.send(block, within: 1) { break }
    #expect(proxy.program.memoryKiB - before < 2048)
    client.socket.close()
    proxy.stop()
  }
}
