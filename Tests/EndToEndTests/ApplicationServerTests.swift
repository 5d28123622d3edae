import Foundation
import Testing

/// PHP-FPM and Tomcat, from Debian's packages, behind one TLS port.
@Suite(.serialized) struct ApplicationServerTests {
  @Test(.enabled(if: Binaries.phpFPM != nil))
  func `php-fpm answers GET, POST and a 2 MB upload`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let fpm = try FreePorts.take()
    try ApplicationServers.writePHPPage(in: prefix)
    let server = try ApplicationServers.startPHP(in: prefix, port: fpm)
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix,
      """
      client_max_body_size 10m;
      location ~ .php$ {
        root html;
        fastcgi_pass 127.0.0.1:\(fpm);
        fastcgi_index index.php;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        include fastcgi_params;
      }
      """)
    try expectPHP(at: "https://localhost:\(port)/test.php", prefix)
    proxy.stop()
    server.send(SIGTERM)
  }

  @Test(.enabled(if: Binaries.tomcatHome != nil && Binaries.python != nil))
  func `Tomcat answers with its pages and its WebSocket example`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let origin = try FreePorts.take()
    let server = try ApplicationServers.startTomcat(
      in: prefix, port: origin, contexts: ["/examples"])
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix,
      webSocketLocation("/examples/websocket", origin: origin)
        + "\nlocation / { proxy_pass http://127.0.0.1:\(origin); "
        + "proxy_set_header Host $http_host; }"
    )
    let example = "/examples/servlets/servlet/RequestInfoExample"
    let page = try curl(trusting: prefix, "https://localhost:\(port)" + example)
    #expect(page.contains(example))
    let echo = try run([
      try #require(Binaries.python), Binaries.peer("websocket.py"), "-", "\(port)",
      "\(prefix.path)/cert.pem", "echo", "/examples/websocket/echoProgrammatic",
    ])
    #expect(echo.output == "hello\n")
    proxy.stop()
    server.send(SIGTERM)
  }
}

/// Expects the page of ``ApplicationServers/writePHPPage(in:)`` to tell what it was sent.
func expectPHP(at page: String, _ prefix: TemporaryFolder) throws {
  try prefix.write(String(repeating: "0123456789abcdef", count: 131_072), to: "upload")
  let sum = try run(["md5sum", "\(prefix.path)/upload"]).output.prefix(32)
  #expect(try curl(trusting: prefix, "\(page)?x=1") == "GET|x=1||")
  #expect(try curl(trusting: prefix, "-d", "a=content", page) == "POST||content|")
  let uploaded = try curl(trusting: prefix, "-F", "f=@\(prefix.path)/upload", page)
  #expect(uploaded == "POST|||\(sum)")
}
