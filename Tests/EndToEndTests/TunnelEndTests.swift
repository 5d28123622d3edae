import Foundation
import Testing

/// Tunnels that are over before they have begun.
@Suite struct TunnelEndTests {
  private let prefix: TemporaryFolder
  private let origin: Origin
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    origin = try Origin()
    port = try FreePorts.take()
  }

  /// Starts a server whose access log has lines of a format.
  ///
  /// - Parameter http: What stands beside the server.
  private func start(log format: String, http: String = "", _ server: String) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        \(http)
        log_format line "\(format)";
        access_log access.log line;
        server { listen 127.0.0.1:\(port); \(server) }
        }

        """)
  }

  private var upgrades: String {
    "location / { proxy_pass http://127.0.0.1:\(origin.port); "
      + "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }"
  }

  @Test func `a tunnel both of whose sides have ended already is logged once`() throws {
    let proxy = try start(
      log: "$status $request_method", "proxy_ignore_client_abort on; \(upgrades)")
    origin.play([
      .rawThenClose(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    ])
    let client = try Client(port: port)
    client.send(head(ofSize: 1024))
    client.socket.shutdownWrite()
    #expect(String(decoding: client.readToEnd(), as: UTF8.self).contains("101 Switching Protocols"))
    client.socket.close()
    let next = try Client(port: port)
    next.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    _ = next.readToEnd()
    proxy.stop()
    #expect(prefix.read("access.log") == "101 GET\n200 HEAD\n")
    #expect(!prefix.read("error.log").contains("[alert]"))
  }

  @Test(arguments: [
    ("$status", "101"),
    ("$http_x $request_method $uri", "5 GET /a b"),
    ("$sent_http_x_note", "n"),
    ("$upstream_http_x_note $upstream_http_set_cookie", "n c=1"),
    ("$upstream_cookie_c", "1"),
    ("$noted", "noted"),
  ])
  func `when a tunnel ends, the log has the fields that it asks for`(
    format: String, line: String
  ) throws {
    let proxy = try start(
      log: format, http: "map $upstream_http_x_note $noted { n noted; }", upgrades)
    origin.play([
      .rawThenClose(switching.dropLast() + "X-Note: n\r\nSet-Cookie: c=1\r\n\r\nbytes")
    ])
    let client = try Client(port: port)
    client.send(
      "GET /a%20b HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\nX: 5\r\n\r\n")
    #expect(String(decoding: client.readToEnd(), as: UTF8.self).hasSuffix("\r\n\r\nbytes"))
    client.socket.close()
    proxy.stop()
    #expect(prefix.read("access.log") == line + "\n")
  }

  @Test(arguments: [true, false])
  func `the error log says which side has reset a tunnel`(isClient: Bool) throws {
    let proxy = try start(log: "$status", upgrades)
    origin.play([isClient ? .tunnel(switching) : .tunnelThenReset(switching)])
    let client = try Client(port: port)
    client.send(head(ofSize: 1024))
    #expect(client.readResponse()?.status == 101)
    if isClient {
      client.socket.resetOnClose()
      client.socket.close()
    } else {
      client.send("a word")
    }
    try proxy.waitForLog(
      "recv() failed (104: Connection reset by peer) while proxying upgraded connection, client: ")
    proxy.stop()
    let lines = proxy.failureLines
    #expect(lines.count == 1)
    #expect(lines.first?.contains(isClient ? " [info] " : " [error] ") == true)
    #expect(lines.first?.contains(", upstream: \"http://127.0.0.1:\(origin.port)/\"") == true)
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx), arguments: ["GET", "HEAD"])
  func `behind a 101 that nobody asked for there is nothing`(method: String) throws {
    try prefix.write("<!--# include virtual=\"/in\" -->the rest", to: "page")
    let proxy = try start(
      log: "$status $body_bytes_sent $upstream_status",
      "location / { proxy_pass http://127.0.0.1:\(origin.port); } "
        + "location = /page { root \(prefix.path); ssi on; ssi_types *; }")
    origin.play([.tunnel(switching + "first"), .tunnel(switching)])
    let client = try Client(port: port)
    let request = "\(method) / HTTP/1.1\r\nHost: a\r\n\r\n"
    client.send(request + request)
    let text = String(decoding: client.readToEnd(), as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
    #expect(text.contains("\r\nUpgrade: websocket\r\n"))
    #expect(text.hasSuffix("\r\n\r\n"))
    #expect(client.isAtEnd)
    #expect(origin.received().count == 1)
    #expect(origin.receivedThroughTunnel().isEmpty)
    let next = try Client(port: port)
    next.send("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(next.readResponse()?.text == "the rest")
    proxy.stop()
    #expect(prefix.read("access.log") == "101 0 101\n200 18 -\n")
    #expect(!prefix.read("error.log").contains("[error]"))
  }

  /// The head of an upgrade that fills a buffer of the pool to its end.
  private func head(ofSize size: Int) -> String {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\nX: "
    return start + String(repeating: "x", count: size - start.utf8.count - 4) + "\r\n\r\n"
  }
}
