import Foundation
import Glibc
import Testing

/// Connections of any protocol over TCP, through the program as it runs.
@Suite struct StreamTests {
  /// A server that a test talks through, with what it takes for a peer.
  private final class Peer {
    let listener: RawSocket
    let port: Int

    init() throws {
      listener = try RawSocket.listen(on: 0)
      port = listener.port
    }

    func accept() throws -> Client { Client(adopting: try #require(listener.accept(within: 10))) }
  }

  private static let format = """
    log_format line "$status $bytes_received $bytes_sent $upstream_addr $upstream_bytes_sent "
      "$upstream_bytes_received $protocol";
    access_log access.log line;
    """

  private func start(
    _ stream: String, in prefix: TemporaryFolder, http: String = ""
  ) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "\(http)\nstream {\n\(StreamTests.format)\n\(stream)\n}\n")
  }

  @Test func `bytes travel both ways, and the first end ends both`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      "server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); }", in: prefix)
    let client = try Client(port: port)
    let server = try peer.accept()
    // Either side may speak first.
    server.send("220 hello\r\n")
    #expect(client.readBytes(11) == Array("220 hello\r\n".utf8))
    client.send("EHLO")
    #expect(server.readBytes(4) == Array("EHLO".utf8))
    client.socket.shutdownWrite()
    #expect(server.readToEnd().isEmpty)
    #expect(client.readToEnd().isEmpty)
    proxy.stop()
    #expect(
      prefix.read("access.log") == "200 4 11 127.0.0.1:\(peer.port) 4 11 TCP\n")
  }

  @Test func `with proxy_half_close one side goes on behind the end of the other`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      """
      server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); proxy_half_close on; }
      """, in: prefix)
    let client = try Client(port: port)
    client.send("question")
    client.socket.shutdownWrite()
    let server = try peer.accept()
    #expect(server.readToEnd() == Array("question".utf8))
    server.send("answer")
    #expect(client.readBytes(6) == Array("answer".utf8))
    server.socket.close()
    #expect(client.readToEnd().isEmpty)
    #expect(client.isAtEnd)
    proxy.stop()
  }

  @Test(arguments: [true, false])
  func `the error log says which side has reset a session`(isClient: Bool) throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      "server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); }", in: prefix)
    let client = try Client(port: port)
    client.send("question")
    let server = try peer.accept()
    #expect(server.readBytes(8) == Array("question".utf8))
    let end = isClient ? client : server
    end.socket.resetOnClose()
    end.socket.close()
    try proxy.waitForLog(
      "recv() failed (104: Connection reset by peer) while proxying connection, client: ")
    proxy.stop()
    let lines = proxy.failureLines
    #expect(lines.count == 1)
    #expect(lines.first?.contains(isClient ? " [info] " : " [error] ") == true)
    #expect(lines.first?.hasSuffix("client:8/0, bytes from/to upstream:0/8") == true)
  }

  @Test func `much travels both ways at a time, whole and in order`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      """
      server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); proxy_half_close on;
        proxy_buffer_size 4k; }
      """, in: prefix)
    let client = try Client(port: port)
    let server = try peer.accept()
    let count = 8 << 20
    let there = [UInt8](unsafeUninitializedCapacity: count) { bytes, size in
      for index in 0..<count { bytes[index] = UInt8(truncatingIfNeeded: index * 7 >> 3) }
      size = count
    }
    let back = Array(there.reversed())
    let received = InThreads.run([
      { client.send(there) }, { server.send(back) },
      { client.readBytes(count) == back }, { server.readBytes(count) == there },
    ])
    #expect(received == [true, true, true, true])
    client.socket.close()
    server.socket.close()
    proxy.stop()
    #expect(prefix.read("access.log").hasPrefix("200 \(count) \(count) "))
  }

  @Test func `the PROXY protocol is understood, believed and spoken`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let (port, trusting) = (try FreePorts.take(), try FreePorts.take())
    let rest = "proxy_pass 127.0.0.1:\(peer.port); proxy_protocol on;"
    let proxy = try start(
      """
      server { listen 127.0.0.1:\(port) proxy_protocol; \(rest) }
      server { listen 127.0.0.1:\(trusting) proxy_protocol; set_real_ip_from 127.0.0.0/8;
        deny 192.0.2.2; \(rest) }
      """, in: prefix)
    let first = try Client(port: port)
    first.send("PROXY TCP4 192.0.2.1 192.0.2.9 11 22\r\ndata")
    let line = try #require(String(bytes: try peer.accept().readUntilData(), encoding: .utf8))
    #expect(line.hasPrefix("PROXY TCP4 127.0.0.1 127.0.0.1 "))
    #expect(line.hasSuffix(" \(port)\r\ndata"))
    let second = try Client(port: trusting)
    second.send("PROXY TCP4 192.0.2.1 192.0.2.9 11 22\r\ndata")
    let other = String(bytes: try peer.accept().readUntilData(), encoding: .utf8)
    #expect(other == "PROXY TCP4 192.0.2.1 127.0.0.1 11 \(trusting)\r\ndata")
    let denied = try Client(port: trusting)
    denied.send("PROXY TCP4 192.0.2.2 192.0.2.9 11 22\r\n")
    #expect(denied.readToEnd().isEmpty)
    let broken = try Client(port: trusting)
    broken.send("GET / HTTP/1.1\r\n")
    #expect(broken.readToEnd().isEmpty)
    first.socket.close()
    second.socket.close()
    proxy.stop()
    let statuses = prefix.read("access.log").split(separator: "\n").map { $0.prefix(3) }
    #expect(statuses.sorted() == ["200", "200", "400", "403"])
    #expect(prefix.read("error.log").contains("broken header: \"GET / HTTP/1.1\""))
  }

  @Test func `a server that is down gives way to the next, and nobody is told`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let (port, alone) = (try FreePorts.take(), try FreePorts.take())
    let dead = try FreePorts.take()
    let proxy = try start(
      """
      upstream group { server 127.0.0.1:\(dead); server 127.0.0.1:\(peer.port) backup; }
      server { listen 127.0.0.1:\(port); proxy_pass group; }
      server { listen 127.0.0.1:\(alone); proxy_pass group; proxy_next_upstream off; }
      """, in: prefix)
    let denied = try Client(port: alone)
    #expect(denied.readToEnd().isEmpty)
    let client = try Client(port: port)
    client.send("a")
    let server = try peer.accept()
    #expect(server.readBytes(1) == [0x61])
    server.socket.close()
    #expect(client.readToEnd().isEmpty)
    proxy.stop()
    let log = prefix.read("access.log").split(separator: "\n")
    #expect(log.first == "502 0 0 127.0.0.1:\(dead) 0 0 TCP")
    // The failure has put the server aside, so the backup server comes first now.
    #expect(log.last == "200 1 0 127.0.0.1:\(peer.port) 1 0 TCP")
    #expect(prefix.read("error.log").contains("upstream server temporarily disabled"))
  }

  @Test func `a silent session ends`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      """
      server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); proxy_timeout 200ms; }
      """, in: prefix)
    let client = try Client(port: port)
    client.send("a")
    let server = try peer.accept()
    #expect(client.readToEnd().isEmpty)
    #expect(client.isAtEnd)
    #expect(server.readToEnd() == [0x61])
    proxy.stop()
    #expect(prefix.read("error.log").contains("while proxying connection, client: 127.0.0.1, "))
  }

  @Test func `a text is the answer, and some clients get none`() throws {
    let prefix = try TemporaryFolder()
    let (open, shut, empty) = (
      try FreePorts.take(), try FreePorts.take(), try FreePorts.take()
    )
    let proxy = try start(
      """
      server { listen 127.0.0.1:\(open); return "$remote_addr $server_port $protocol\\n"; }
      server { listen 127.0.0.1:\(shut); deny all; return never; }
      server { listen 127.0.0.1:\(empty); }
      """, in: prefix)
    let texts = try [open, shut, empty].map { port in
      String(bytes: try Client(port: port).readToEnd(), encoding: .utf8)
    }
    #expect(texts == ["127.0.0.1 \(open) TCP\n", "", ""])
    proxy.stop()
    #expect(
      prefix.read("access.log").split(separator: "\n") == [
        "200 0 \(15 + "\(open)".count) - - - TCP", "403 0 0 - - - TCP", "500 0 0 - - - TCP",
      ])
  }

  @Test func `addresses that values name are looked for among the groups`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let (port, wrong) = (try FreePorts.take(), try FreePorts.take())
    let proxy = try start(
      """
      upstream at127.0.0.1 { server 127.0.0.1:\(peer.port); }
      server { listen 127.0.0.1:\(port); proxy_pass at$remote_addr; }
      server { listen 127.0.0.1:\(wrong); proxy_pass no$remote_addr; }
      """, in: prefix)
    let client = try Client(port: port)
    try peer.accept().socket.close()
    #expect(client.readToEnd().isEmpty)
    #expect(try Client(port: wrong).readToEnd().isEmpty)
    proxy.stop()
    #expect(prefix.read("access.log").hasPrefix("200 0 0 127.0.0.1:\(peer.port)"))
    #expect(prefix.read("error.log").contains("no port in upstream \"no127.0.0.1\""))
  }

  // MARK: - Processes

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `a session outlives reloads, and the address with it`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let (port, next) = (try FreePorts.take(), try FreePorts.take())
    func text(_ port: Int) -> String {
      "stream { server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); } }"
    }
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text(port))
    let client = try Client(port: port)
    let server = try peer.accept()
    #expect(try proxy.reload(text(next)).code == 0)
    let other = try Client(port: next)
    let otherServer = try peer.accept()
    #expect(throws: HarnessError.self) { try Client(port: port) }
    client.send("still here")
    #expect(server.readBytes(10) == Array("still here".utf8))
    other.send("new")
    #expect(otherServer.readBytes(3) == Array("new".utf8))
    // The program waits for both before it stops.
    proxy.program.send(SIGQUIT)
    #expect(wait { (try? Client(port: next)) == nil })
    server.send("bye")
    #expect(client.readBytes(3) == Array("bye".utf8))
    server.socket.close()
    otherServer.socket.close()
    #expect(proxy.program.waitForExit(within: 10) == 0)
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `worker_shutdown_timeout ends sessions of before a reload`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let text = """
      worker_shutdown_timeout 100ms;
      stream { server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); } }
      """
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text)
    let client = try Client(port: port)
    let server = try peer.accept()
    #expect(try proxy.reload(text).code == 0)
    #expect(client.readToEnd().isEmpty)
    #expect(client.isAtEnd)
    #expect(server.readToEnd().isEmpty)
    let late = try Client(port: port)
    let lateServer = try peer.accept()
    late.send("a")
    #expect(lateServer.readBytes(1) == [0x61])
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `a worker that crashes is replaced at the same addresses`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try start(
      "server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); }", in: prefix)
    let worker = try proxy.startedWorker()
    let client = try Client(port: port)
    let server = try peer.accept()
    kill(worker, SIGKILL)
    #expect(client.readToEnd().isEmpty)
    #expect(server.readToEnd().isEmpty)
    let next = try Client(port: port)
    next.send("a")
    #expect(try peer.accept().readBytes(1) == [0x61])
    #expect(proxy.worker != worker)
    next.socket.close()
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `stub_status counts sessions, and not as waiting`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let (port, status) = (try FreePorts.take(), try FreePorts.take())
    let proxy = try start(
      "server { listen 127.0.0.1:\(port); proxy_pass 127.0.0.1:\(peer.port); }", in: prefix,
      http: "http { access_log off; server { listen 127.0.0.1:\(status); stub_status; } }")
    let session = try Client(port: port)
    let server = try peer.accept()
    let client = try Client(port: status)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let text = try #require(client.readResponse()?.text)
    #expect(text.hasPrefix("Active connections: 2 \n"))
    #expect(text.hasSuffix("Reading: 0 Writing: 1 Waiting: 0 \n"))
    session.socket.close()
    #expect(server.readToEnd().isEmpty)
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `sessions and their servers count against worker_connections`() throws {
    let prefix = try TemporaryFolder()
    let peer = try Peer()
    let port = try FreePorts.take()
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "stream { server { listen 127.0.0.1:\(port); "
        + "proxy_pass 127.0.0.1:\(peer.port); } }", connections: 5)
    var sessions: [(Client, Client)] = []
    for _ in 0..<2 { sessions.append((try Client(port: port), try peer.accept())) }
    #expect(try Client(port: port).readToEnd().isEmpty)
    try proxy.waitForLog("5 worker_connections are not enough")
    sessions.removeFirst()
    try proxy.waitForLog("disconnected")
    let next = try Client(port: port)
    next.send("a")
    #expect(try peer.accept().readBytes(1) == [0x61])
    sessions = []
    proxy.stop()
  }
}

/// Functions that run beside each other, each on a thread of its own.
private enum InThreads {
  /// Runs all of them, and waits for their results.
  static func run(_ bodies: [() -> Bool]) -> [Bool] {
    nonisolated(unsafe) let bodies = bodies
    nonisolated(unsafe) var results = bodies.map { _ in false }
    let lock = NSLock()
    let group = DispatchGroup()
    for index in bodies.indices {
      group.enter()
      Thread.detachNewThread {
        let result = bodies[index]()
        lock.withLock { results[index] = result }
        group.leave()
      }
    }
    group.wait()
    return results
  }
}

extension Client {
  /// Reads until what has come ends with `data`, or nothing more comes.
  fileprivate func readUntilData() -> [UInt8] {
    var all: [UInt8] = []
    while !all.suffix(4).elementsEqual("data".utf8) {
      let byte = readBytes(1)
      if byte.isEmpty { break }
      all += byte
    }
    return all
  }
}
