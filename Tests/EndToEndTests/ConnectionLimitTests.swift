import Foundation
import Glibc
import Testing

/// What happens when all `worker_connections` are taken.
@Suite(.serialized) struct ConnectionLimitTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func crowded(_ server: String) throws -> Proxy {
    let text = """
      http { access_log off; server { listen 127.0.0.1:\(port); \(server) } }
      """
    let main = Proxy.preamble(loops: 1).replacing("connections 4096", with: "connections 20")
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text)
    try prefix.write(main + text, to: "nginx.conf")
    #expect(try proxy.reload().code == 0)
    return proxy
  }

  private func reports(_ text: String) -> Int {
    prefix.errorLogLines.count { $0.hasSuffix(text) }
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `with all worker_connections busy others wait, and it is said once`() throws {
    let proxy = try crowded("return 200 hello;")
    let busy = try (0..<20).map { _ in try Client(port: port) }
    for client in busy { client.send("GET / HTTP/1.1\r\nHost:") }
    let waiting = try (0..<5).map { _ in try Client(port: port) }
    for client in waiting { client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") }
    #expect(wait { reports("20 worker_connections are not enough") == 1 })
    #expect(waiting.allSatisfy { $0.socket.receive(within: 0.1) == .timedOut })
    for client in busy { client.send(" a\r\n\r\n") }
    #expect(busy.allSatisfy { $0.readResponse()?.text == "hello" })
    // Whoever only keeps a connection gives way.
    #expect(waiting.allSatisfy { $0.readResponse()?.text == "hello" })
    #expect(reports("20 worker_connections are not enough") == 1)
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `a request that leads back to the program takes no place that its other end needs`() throws {
    let proxy = try crowded(
      "location / { return 200 hello; } location /self { proxy_pass http://127.0.0.1:\(port); }")
    let client = try Client(port: port)
    client.send("GET /self HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.status == 500)
    let other = try Client(port: port)
    other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(other.readResponse()?.text == "hello")
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `clients that only keep a connection give way to others`() throws {
    let proxy = try crowded("return 200 hello;")
    let clients = try (0..<60).map { _ in
      let client = try Client(port: port)
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.text == "hello")
      return client
    }
    #expect(clients.count == 60)
    // Which of the two comes first depends on how long the first clients have been silent.
    let (reuses, stops) = (
      reports("20 worker_connections are not enough, reusing connections"),
      reports("20 worker_connections are not enough")
    )
    #expect(reuses <= 1 && stops <= 1 && reuses + stops > 0)
    // Those that came last are still open.
    clients[59].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(clients[59].readResponse()?.text == "hello")
    #expect(clients[0].readToEnd().isEmpty)
    #expect(clients[0].isAtEnd)
    proxy.stop()
  }

  /// Sends a request and reads the answer, so that the connection only waits afterwards.
  private func askOnce(_ path: String = "/") throws -> Client {
    let client = try Client(port: port)
    client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "hello")
    return client
  }

  private func askHalf(_ path: String = "/") throws -> Client {
    let client = try Client(port: port)
    client.send("GET \(path) HTTP/1.1\r\nHost:")
    return client
  }

  /// Whether the program has read everything that clients have sent.
  private func hasReadEverything() throws -> Bool {
    let local = String(format: "0100007F:%04X", port)
    return try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n")
      .allSatisfy { line in
        let fields = line.split(separator: " ")
        let isOpen = fields.count > 4 && fields[1] == local && fields[3] == "01"
        return !isOpen || fields[4].hasSuffix(":00000000")
      }
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `whoever waits goes on waiting where those that gave room ask again`() throws {
    let proxy = try crowded("return 200 hello;")
    // With less than 16 that could leave, one leaves for each that comes.
    let busy = try (0..<10).map { _ in try askHalf() }
    let silent = try (0..<10).map { _ in try askOnce() }
    let last = try askOnce()
    for client in silent + [last] { client.send("GET / HTTP/1.1\r\nHost:") }
    #expect(try wait { try hasReadEverything() })
    let waiting = try Client(port: port)
    waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(waiting.socket.receive(within: 0.1) == .timedOut)
    for client in busy + silent + [last] { client.send(" a\r\n\r\n") }
    #expect(waiting.readResponse()?.text == "hello")
    #expect(busy.allSatisfy { $0.readResponse()?.text == "hello" })
    #expect(last.readResponse()?.text == "hello")
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `clients that only keep a connection give way to one to an upstream server`() throws {
    let origin = try Origin()
    let proxy = try crowded(
      """
      location / { return 200 hello; }
      location /up { proxy_pass http://127.0.0.1:\(origin.port); }
      """)
    // When a connection may give way depends on when it was answered last, so more than once.
    #expect(
      try wait {
        let asking = try askHalf("/up")
        let others = try (0..<10).map { _ in try askHalf() } + (0..<10).map { _ in try askOnce() }
        asking.send(" a\r\n\r\n")
        return asking.readResponse()?.status == 200 && others.count == 20
      })
    proxy.stop()
  }
}
