import Foundation
import Glibc
import Testing

/// A reload is an event that clients cannot notice.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ReloadTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func start(_ http: String, main: String = "", loops: Int = 1) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix, configuration: configuration(http, main: main),
      loops: loops)
  }

  private func configuration(_ http: String, main: String = "") -> String {
    "\(main)\nhttp {\naccess_log off;\n\(http)\n}\n"
  }

  private func server(_ content: String, listen: String? = nil) -> String {
    "server { listen \(listen ?? "127.0.0.1:\(port)"); \(content) }"
  }

  private func ask(_ client: Client, _ target: String = "/") -> String? {
    client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse()?.text
  }

  private func page(_ port: Int? = nil, _ target: String = "/") throws -> String? {
    ask(try Client(port: port ?? self.port), target)
  }

  @Test func `an idle connection stays open and gets the new configuration`() throws {
    let proxy = try start(server("return 200 old;"), loops: 2)
    let client = try Client(port: port)
    #expect(ask(client) == "old")
    let worker = try proxy.startedWorker()
    let done = try proxy.reload(configuration(server("return 200 new;")), loops: 2)
    #expect(done.code == 0)
    #expect(done.output == "apus: configuration 2 is in use\n")
    #expect(ask(client) == "new")
    #expect(proxy.worker == worker)
    proxy.stop()
  }

  @Test func `a request under way is finished as it was begun, and the next one is new`() throws {
    let origin = try RawSocket.listen(on: 0)
    let pass = "location /origin { proxy_pass http://127.0.0.1:\(origin.port); }"
    let proxy = try start(
      server("add_header X-Version old; location / { return 200 old; } \(pass)"))
    let client = try Client(port: port)
    client.send("GET /origin HTTP/1.1\r\nHost: a\r\n\r\n")
    let connection = try #require(origin.accept(within: 10))
    #expect(connection.receive(within: 10) != .timedOut)
    let changed = configuration(server("add_header X-Version new; location / { return 200 new; }"))
    #expect(try proxy.reload(changed).code == 0)
    #expect(try page() == "new")
    connection.send(Origin.plain.utf8)
    let response = client.readResponse()
    #expect(response?.status == 200)
    #expect(response?["X-Version"] == "old")
    #expect(ask(client) == "new")
    proxy.stop()
  }

  @Test func `an address that is taken is waited for without a pause in serving`() throws {
    let proxy = try start(server("return 200 old;"))
    let holder = try RawSocket.listen(on: 0)
    let taken = holder.port
    let both = configuration(
      server("return 200 new;") + server("return 200 other;", listen: "127.0.0.1:\(taken)"))
    // What fails, for whatever reason, uses up no number.
    #expect(try proxy.reload(configuration(server("retrun 200 new;"))).code == 1)
    let failed = try proxy.reload(both)
    #expect(failed.code == 1)
    #expect(
      failed.output == """
        apus: [emerg] bind() to 127.0.0.1:\(taken) failed (98: Address already in use)
        apus: [emerg] still could not bind()
          tried 5 times: another program has it, such as nginx, or an apus that runs already \
        (-s reload gives that one the configuration); ss -ltnp tells which
        apus: reload failed: configuration 1 stays in use

        """)
    let sentence = "try again to bind() after 500ms"
    #expect(prefix.read("error.log").split(separator: sentence).count == 6)
    // Now it becomes free after the first attempt.
    proxy.program.send(SIGHUP)
    #expect(wait { prefix.read("error.log").split(separator: sentence).count > 6 })
    #expect(try page() == "old")
    holder.close()
    try proxy.waitForLog("configuration 2 is in use")
    #expect(try page() == "new")
    #expect(try page(taken) == "other")
    proxy.stop()
  }

  @Test func `a bad configuration changes nothing and every error is told`() throws {
    let proxy = try start(server("return 200 old;"))
    let client = try Client(port: port)
    #expect(ask(client) == "old")
    let failed = try proxy.reload(configuration(server("retrun 200 new; proxy_pas x;")))
    #expect(failed.code == 1)
    let sentences = [
      ("[emerg]", "unknown directive \"retrun\""), ("also:", "unknown directive \"proxy_pas\""),
    ]
    for (mark, text) in sentences {
      #expect(failed.output.contains("apus: \(mark) \(text) in \(prefix.path)/nginx.conf:"))
      #expect(prefix.read("error.log").contains("[emerg] "))
      #expect(prefix.read("error.log").contains(text))
    }
    #expect(failed.output.hasSuffix("apus: reload failed: configuration 1 stays in use\n"))
    #expect(ask(client) == "old")
    #expect(try proxy.reload(configuration(server("return 200 new;"))).code == 0)
    #expect(ask(client) == "new")
    proxy.stop()
    // How the process ended that refused its configuration is of no interest.
    let ends = prefix.errorLogLines.filter {
      $0.contains("checker process")
    }
    #expect(ends.count <= 1 && ends.allSatisfy { $0.hasSuffix("exited with code 0") }, "\(ends)")
  }

  @Test func `an address that cannot be bound is a reason to change nothing`() throws {
    let taken = try RawSocket.listen(on: 0)
    let proxy = try start(server("return 200 old;"))
    let failed = try proxy.reload(
      configuration(server("return 200 new; listen 127.0.0.1:\(taken.port);")))
    #expect(failed.code == 1)
    #expect(
      failed.output.contains(
        "[emerg] bind() to 127.0.0.1:\(taken.port) failed (98: Address already in use)"))
    #expect(try page() == "old")
    proxy.stop()
  }

  @Test func `what fails leaves no file of a Unix socket behind`() throws {
    let taken = try RawSocket.listen(on: 0)
    func text(_ port: Int) -> String {
      configuration(
        server("listen unix:\(prefix.path)/new.sock; return 200 new;")
          + server("return 200 other;", listen: "127.0.0.1:\(port)"))
    }
    let file = "\(prefix.path)/new.sock"
    try prefix.write(Proxy.preamble(loops: 1) + text(taken.port), to: "nginx.conf")
    #expect(try run(command).code == 1)
    #expect(!isThere(file))
    // Where it fails after everything has been opened.
    try prefix.write(
      Proxy.preamble(loops: 1).replacing("pid nginx.pid", with: "pid none/nginx.pid")
        + text(try FreePorts.take()), to: "nginx.conf")
    #expect(try run(command).code == 1)
    #expect(!isThere(file))
    let proxy = try start(server("return 200 old;"))
    let failed = try proxy.reload(text(taken.port))
    #expect(failed.code == 1)
    #expect(!isThere(file))
    #expect(try proxy.reload(text(try FreePorts.take())).code == 0)
    #expect(isThere(file))
    #expect(try proxy.reload(text(taken.port)).code == 1)
    // This one is in use.
    #expect(isThere(file))
    proxy.stop()
    #expect(!isThere(file))
  }

  private var command: [String] {
    [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"]
  }

  @Test func `HUP reloads and notes the outcome`() throws {
    let proxy = try start(server("return 200 old;"))
    try prefix.write(
      Proxy.preamble(loops: 1) + configuration(server("return 200 new;")), to: "nginx.conf")
    proxy.program.send(SIGHUP)
    try proxy.waitForLog("configuration 2 is in use")
    #expect(try page() == "new")
    try prefix.write("nonsense;", to: "nginx.conf")
    proxy.program.send(SIGHUP)
    try proxy.waitForLog("configuration 2 stays in use")
    #expect(prefix.read("error.log").contains("[emerg] "))
    #expect(try page() == "new")
    proxy.stop()
  }

  // MARK: - Addresses

  @Test func `addresses are added, removed and moved`() throws {
    let (second, third) = (try FreePorts.take(), try FreePorts.take())
    let proxy = try start(server("return 200 one;"), loops: 2)
    let added = server("return 200 two;", listen: "127.0.0.1:\(second)")
    _ = try proxy.reload(configuration(server("return 200 one;") + added), loops: 2)
    #expect(try page(second) == "two")
    let moved = server("return 200 three;", listen: "*:\(third)")
    _ = try proxy.reload(configuration(added + moved), loops: 2)
    #expect(wait { (try? Client(port: port)) == nil })
    #expect(try page(second) == "two")
    #expect(try page(third) == "three")
    // From the wildcard to one address on the same port, and back.
    let narrow = server("return 200 narrow;", listen: "127.0.0.1:\(third)")
    #expect(try proxy.reload(configuration(narrow), loops: 2).code == 0)
    #expect(try page(third) == "narrow")
    #expect(try proxy.reload(configuration(moved), loops: 2).code == 0)
    #expect(try page(third) == "three")
    proxy.stop()
  }

  @Test func `requests that wait at a removed address are answered`() throws {
    let other = try FreePorts.take()
    let proxy = try start(server("return 200 last;"))
    let worker = try proxy.startedWorker()
    // While the worker stands still, connections wait in the queue.
    halt(worker)
    let waiting = try (0..<5).map { _ in try Client(port: port) }
    for client in waiting { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    try prefix.write(
      Proxy.preamble(loops: 1)
        + configuration(server("return 200 new;", listen: "127.0.0.1:\(other)")), to: "nginx.conf")
    let reload = try Program(
      proxy.command(Binaries.subject, "-s", "reload"), output: "\(prefix.path)/output")
    try proxy.waitForLog("reconfiguring")
    kill(worker, SIGCONT)
    for client in waiting {
      let response = client.readResponse()
      #expect(response?.text == "last")
    }
    #expect(reload.waitForExit(within: 10) == 0)
    #expect(wait { (try? Client(port: port)) == nil })
    #expect(try page(other) == "new")
    proxy.stop()
  }

  @Test func `a connection at a removed address is closed once it is answered`() throws {
    let other = try FreePorts.take()
    let proxy = try start(server("return 200 old;"))
    let idle = try Client(port: port)
    #expect(ask(idle) == "old")
    _ = try proxy.reload(
      configuration(server("return 200 new;", listen: "127.0.0.1:\(other)")))
    #expect(idle.readToEnd().isEmpty)
    #expect(idle.isAtEnd)
    proxy.stop()
  }

  // MARK: - What lives on

  @Test func `what limits have counted lives on where their zone is the same`() throws {
    func text(_ version: Int, size: String = "1m") -> String {
      """
      limit_req_zone $remote_addr zone=rate:\(size) rate=1r/m;
      limit_conn_zone $remote_addr zone=count:\(size);
      \(server("limit_req_status 429; limit_conn_status 509; "
        + "location /rate { limit_req zone=rate; try_files /none =204; } "
        + "location /count { limit_conn count 1; client_max_body_size 1m; "
        + "proxy_request_buffering on; proxy_pass http://127.0.0.1:1; } "
        + "location /v { return 200 \(version); }"))
      """
    }
    func status(_ target: String) throws -> Int? {
      let client = try Client(port: port)
      client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      return client.readResponse()?.status
    }
    let proxy = try start(text(1))
    #expect(try [status("/rate"), status("/rate")] == [204, 429])
    // A request that waits for its content is under way.
    let slow = try Client(port: port)
    slow.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
    while try status("/count") != 509 {}
    #expect(try proxy.reload(configuration(text(2))).code == 0)
    #expect(try [status("/rate"), status("/count")] == [429, 509])
    slow.send("llo")
    #expect(slow.readResponse()?.status == 502)
    #expect(try status("/count") == 502)
    #expect(try proxy.reload(configuration(text(3, size: "2m"))).code == 0)
    #expect(try [status("/rate"), status("/rate")] == [204, 429])
    proxy.stop()
  }

  @Test func `idle upstream connections and balancer state live on where nothing changed`() throws {
    let origin = try Origin()
    let dead = try FreePorts.take()
    func text(_ version: Int, weight: Int = 1) -> String {
      """
      upstream pool { server 127.0.0.1:\(origin.port) weight=\(weight);
        server 127.0.0.1:\(dead) fail_timeout=60s; keepalive 8; }
      \(server("add_header X-Version \(version); location / { proxy_pass http://pool; "
        + "proxy_http_version 1.1; proxy_set_header Connection \"\"; "
        + "add_header X-Tried $upstream_addr; }"))
      """
    }
    let proxy = try start(text(1))
    // Whoever meets the dead server notes that, and nobody does again.
    for _ in 0..<4 { _ = try page() }
    let before = origin.connectionCount
    #expect(try proxy.reload(configuration(text(2))).code == 0)
    for _ in 0..<4 {
      let client = try Client(port: port)
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?["X-Tried"] == "127.0.0.1:\(origin.port)")
    }
    #expect(origin.connectionCount == before)
    // A group that has changed begins anew.
    #expect(try proxy.reload(configuration(text(3, weight: 2))).code == 0)
    _ = try page()
    #expect(origin.connectionCount > before)
    proxy.stop()
  }

  @Test func `a tunnel outlives reloads, and worker_shutdown_timeout bounds it`() throws {
    let origin = try Origin()
    let switching =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    origin.play([.tunnel(switching)])
    let text = server(webSocketLocation("/", origin: origin.port))
    let proxy = try start(text)
    let client = try Client(port: port)
    client.send(
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    #expect(client.readResponse()?.status == 101)
    for _ in 0..<3 { #expect(try proxy.reload().code == 0) }
    client.send("still there")
    #expect(client.readBytes(11) == Array("still there".utf8))
    #expect(
      try proxy.reload(configuration(text, main: "worker_shutdown_timeout 200ms;")).code == 0)
    #expect(client.readToEnd().isEmpty)
    #expect(client.isAtEnd)
    proxy.stop()
  }

  @Test func `worker_shutdown_timeout ends connections that have not asked for anything`() throws {
    let text = configuration(server("return 200 old;"), main: "worker_shutdown_timeout 10ms;")
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text, loops: 1)
    let silent = try Client(port: port)
    let asking = try Client(port: port)
    #expect(ask(asking) == "old")
    #expect(try proxy.reload(text.replacing("old", with: "new")).code == 0)
    #expect(silent.readToEnd().isEmpty)
    #expect(silent.isAtEnd)
    #expect(ask(asking) == "new")
    proxy.stop()
  }

  @Test func `what a process cannot change about itself makes a new one`() throws {
    let proxy = try start(server("return 200 old;"))
    let worker = try proxy.startedWorker()
    let client = try Client(port: port)
    #expect(ask(client) == "old")
    #expect(try proxy.reload(configuration(server("return 200 new;")), loops: 2).code == 0)
    #expect(wait { !isAlive(worker) })
    let second = try proxy.startedWorker()
    #expect(second != worker)
    #expect(try page() == "new")
    proxy.stop()
  }
}
