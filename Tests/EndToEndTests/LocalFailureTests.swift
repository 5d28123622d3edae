import Testing

/// Failures of the program's own machine while it connects to upstream servers.
@Suite struct LocalFailureTests {
  @Test func `an address that cannot be bound is no fault of the servers`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let (origin, other) = (try Origin(), try Origin())
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off;
        upstream group { server 127.0.0.1:\(origin.port); server 127.0.0.1:\(other.port); }
        server { listen 127.0.0.1:\(port);
        location / { proxy_pass http://group; }
        location /bound { proxy_bind 192.0.2.9; proxy_pass http://group; } } }
        """)
    for (path, status) in [("/bound", 500), ("/bound", 500), ("/", 200), ("/", 200)] {
      let client = try Client(port: port)
      client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.status == status)
    }
    proxy.stop()
  }
}
