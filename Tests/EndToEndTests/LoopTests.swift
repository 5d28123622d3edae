import Foundation
import Testing

/// Requests stay on the loops that accepted them.
@Suite struct LoopTests {
  @Test func `no job leaves its loop, and there is a thread for each loop and no other`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let dead = try FreePorts.take()
    let origin = try Origin()
    try prefix.write(String(repeating: "file", count: 50_000), to: "html/file.txt")
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log access.log;
        upstream pool { server 127.0.0.1:\(dead) max_fails=0; server 127.0.0.1:\(origin.port); }
        server {
        listen 127.0.0.1:\(port);
        error_page 404 = @missing;
        location / { root html; }
        location /text { return 200 text; }
        location /pool { proxy_pass http://pool; }
        location /origin { proxy_pass http://127.0.0.1:\(origin.port);
          proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection Upgrade; }
        location /silent { proxy_read_timeout 100ms; proxy_pass http://127.0.0.1:\(origin.port); }
        location @missing { return 200 missing; }
        }
        }

        """, loops: 3)
    for _ in 0..<20 { try load(port, origin) }
    let worker = try proxy.startedWorker()
    #expect(try threadCount(of: worker) == 3)
    #expect(try threadCount(of: proxy.program.processID) == 1)
    proxy.stop()
    let log = prefix.read("error.log")
    #expect(!log.contains("[alert]"), "\(log)")
  }

  /// One of each: text, file, range, missing file, pool, content, timeout, tunnel, lost client.
  private func load(_ port: Int, _ origin: Origin) throws {
    let targets = ["/text", "/file.txt", "/none", "/pool", "/origin"]
    let client = try Client(port: port)
    for target in targets {
      client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\n")
      #expect(client.readResponse()?.isComplete == true)
    }
    let content = String(repeating: "x", count: 40_000)
    client.send("POST /origin HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n\(content)")
    #expect(client.readResponse()?.status == 200)
    origin.play([.silence(after: "")])
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.status == 504)
    try tunnel(port, origin)
    let lost = try Client(port: port)
    lost.send("GET /origin HTTP/1.1\r\nHo")
    lost.socket.close()
    client.socket.close()
  }

  private func tunnel(_ port: Int, _ origin: Origin) throws {
    let switching =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    origin.play([.tunnel(switching)])
    let client = try Client(port: port)
    client.send(
      "GET /origin HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    #expect(client.readResponse()?.status == 101)
    client.send("echo")
    #expect(client.readBytes(4) == Array("echo".utf8))
    client.socket.close()
  }

  private func threadCount(of processID: pid_t) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task").count
  }
}
