import Foundation
import Glibc
import Testing

/// What signals do to a server that is at work.
@Suite(.serialized) struct SignalTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func start(main: String = "", _ server: String) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        \(main)
        http {
        log_format status $request_uri=$status;
        access_log access.log status buffer=16k;
        server { listen 127.0.0.1:\(port); \(server) }
        }
        """)
  }

  private func get(_ path: String) throws -> Int? {
    let client = try Client(port: port)
    client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse()?.status
  }

  private func upgrade(_ path: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
  }

  private let switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

  @Test func `QUIT closes idle connections and finishes the request under way`() throws {
    let origin = try RawSocket.listen(on: 0)
    let proxy = try start("location / { proxy_pass http://127.0.0.1:\(origin.port); }")
    let idle = try Client(port: port)
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let first = try #require(origin.accept(within: 10))
    first.send(Origin.plain.utf8)
    #expect(idle.readResponse()?.status == 200)
    let busy = try Client(port: port)
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let second = try #require(origin.accept(within: 10))
    #expect(second.receive(within: 10) != .timedOut)

    proxy.program.send(SIGQUIT)
    #expect(idle.readToEnd().isEmpty)
    #expect(throws: HarnessError.self) { try Client(port: port) }
    second.send(Origin.plain.utf8)
    let response = busy.readResponse()
    #expect(response?.status == 200)
    #expect(response?["Connection"] == "close")
    #expect(proxy.program.waitForExit(within: 10) == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(prefix.path)/nginx.pid"))
    #expect(prefix.read("access.log") == "/=200\n/=200\n")
  }

  @Test func `QUIT lets a tunnel go on until it ends`() throws {
    let origin = try Origin()
    origin.play([.tunnel(switching)])
    let proxy = try start(webSocketLocation("/", origin: origin.port))
    let idle = try Client(port: port)
    let client = try Client(port: port)
    client.send(upgrade("/"))
    #expect(client.readResponse()?.status == 101)
    proxy.program.send(SIGQUIT)
    #expect(idle.readToEnd().isEmpty)
    client.send("still there")
    #expect(client.readBytes(11) == Array("still there".utf8))
    let reload = try run([
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-s", "reload",
    ])
    #expect(reload.code == 1)
    #expect(reload.output.contains("the program is ending"))
    #expect(prefix.read("error.log").contains("gracefully shutting down"))
    client.socket.close()
    #expect(proxy.program.waitForExit(within: 10) == 0)
  }

  @Test func `worker_shutdown_timeout cuts off what goes on for too long`() throws {
    let origin = try Origin()
    origin.play([.tunnel(switching)])
    let silent = try Origin()
    silent.play([.silence(after: "")])
    let proxy = try start(
      main: "worker_shutdown_timeout 300ms;",
      "location /silent { proxy_pass http://127.0.0.1:\(silent.port); } "
        + webSocketLocation("/", origin: origin.port))
    // What was sent before the other connection was made is read before that is answered.
    let waiting = try Client(port: port)
    waiting.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
    let client = try Client(port: port)
    client.send(upgrade("/tunnel"))
    #expect(client.readResponse()?.status == 101)
    proxy.program.send(SIGQUIT)
    #expect(client.readToEnd().isEmpty)
    #expect(waiting.readToEnd().isEmpty)
    #expect(proxy.program.waitForExit(within: 10) == 0)
    let lines = prefix.read("access.log").split(separator: "\n").sorted()
    #expect(lines == ["/silent=499", "/tunnel=101"])
  }

  @Test func `a worker that is ended by its own pid is no alert`() throws {
    let proxy = try start("return 200;")
    let first = try proxy.startedWorker()
    #expect(try get("/") == 200)
    kill(first, SIGTERM)
    #expect(wait { proxy.worker.map { $0 != first } ?? false })
    // The supervisor hears QUIT before it hears that there is nobody to tell.
    let second = try proxy.startedWorker()
    #expect(try get("/") == 200)
    halt(proxy.program.processID)
    kill(second, SIGTERM)
    #expect(wait { !isAlive(second) })
    proxy.program.send(SIGQUIT)
    proxy.program.send(SIGCONT)
    #expect(proxy.program.waitForExit(within: 10) == 0)
    #expect(!prefix.read("error.log").contains("[alert]"))
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `TERM and INT end the program at once`(signal: CInt) throws {
    let origin = try Origin()
    origin.play([.tunnel(switching)])
    let proxy = try start(
      "location = /text { return 200 hello; } " + webSocketLocation("/", origin: origin.port))
    let client = try Client(port: port)
    client.send(upgrade("/"))
    #expect(client.readResponse()?.status == 101)
    let other = try Client(port: port)
    other.send("GET /text HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(other.readResponse()?.text == "hello")
    proxy.program.send(signal)
    #expect(proxy.program.waitForExit(within: 10) == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(prefix.path)/nginx.pid"))
    #expect(prefix.read("access.log").contains("/text=200\n"))
  }

  @Test func `USR1 writes what waits into the old files and opens new ones`() throws {
    let proxy = try start("location / { return 200 hello; }")
    let client = try Client(port: port)
    client.send("GET /before HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "hello")
    try FileManager.default.moveItem(
      atPath: "\(prefix.path)/access.log", toPath: "\(prefix.path)/access.old")
    proxy.program.send(SIGUSR1)
    try proxy.program.waitForFile("access.log", in: prefix.path, until: isThere)
    // The supervisor opens the new file first; what waits is the worker's.
    #expect(wait { prefix.read("access.old") == "/before=200\n" })
    client.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "hello")
    proxy.stop()
    #expect(prefix.read("access.old") == "/before=200\n")
    #expect(prefix.read("access.log") == "/after=200\n")
  }

  @Test func `WINCH means nothing to a program in the foreground`() throws {
    let proxy = try start("location / { return 200 hello; }")
    proxy.program.send(SIGWINCH)
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "hello")
    proxy.program.send(SIGTERM)
    #expect(proxy.program.waitForExit(within: 10) == 0)
  }
}
