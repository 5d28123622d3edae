import Foundation
import Glibc
import Testing

/// Connections that wait to be accepted while a reload goes on: whatever becomes of it, whoever
/// was let in is answered.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ReloadQueueTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func configuration(_ servers: String...) -> String {
    "http { access_log off; \(servers.joined(separator: "\n")) }"
  }

  private func server(_ answer: String, at listen: String? = nil, _ more: String = "") -> String {
    let listen = listen ?? "127.0.0.1:\(port)"
    return "server { listen \(listen); location / { return 200 \(answer); } \(more) }"
  }

  private func start(_ configuration: String) throws -> Proxy {
    try Proxy(Binaries.subject, prefix: prefix, configuration: configuration)
  }

  /// Enough for a worker to be busy with until it is stopped.
  private var manyLocations: String {
    (0..<20_000).map { "location /\($0) { return 200; }" }.joined(separator: "\n")
  }

  /// Begins a reload, which goes on by itself.
  private func beginReload(
    of proxy: Proxy, _ configuration: String, main: String? = nil, loops: Int = 1
  ) throws -> Program {
    try prefix.write((main ?? Proxy.preamble(loops: loops)) + configuration, to: "nginx.conf")
    return try Program(
      proxy.command(Binaries.subject, "-s", "reload"), output: "\(prefix.path)/reload")
  }

  /// Connects and asks; which socket of an address the kernel chooses is left to chance.
  private func ask(_ count: Int) throws -> [Client] {
    try (0..<count).map { _ in
      let client = try Client(port: port)
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      return client
    }
  }

  private func descriptorCount(of process: pid_t) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd"))?.count ?? 0
  }

  private func answers(_ clients: [Client]) -> Set<String?> {
    Set(clients.map { $0.readResponse()?.text })
  }

  // MARK: - Reloads that fail

  @Test func `while a reload that wants more loops tries an address, everybody is answered`()
    throws
  {
    let holder = try RawSocket.listen(on: 0)
    let proxy = try start(configuration(server("old")))
    _ = try proxy.startedWorker()
    let reload = try beginReload(
      of: proxy, configuration(server("new"), server("other", at: "127.0.0.1:\(holder.port)")),
      loops: 4)
    try proxy.waitForLog("try again to bind()")
    #expect(try answers(ask(40)) == ["old"])
    #expect(reload.waitForExit(within: 20) == 1)
    #expect(try answers(ask(10)) == ["old"])
    proxy.stop()
  }

  @Test func `an address takes nothing from the wildcard on its port before it is in use`() throws {
    let holder = try RawSocket.listen(on: 0)
    let proxy = try start(configuration(server("old", at: "\(port)")))
    let wanted = server("other", at: "127.0.0.1:\(holder.port)")
    let reload = try beginReload(of: proxy, configuration(server("new"), wanted))
    try proxy.waitForLog("try again to bind()")
    #expect(try answers(ask(10)) == ["old"])
    #expect(reload.waitForExit(within: 20) == 1)
    #expect(try answers(ask(10)) == ["old"])
    holder.close()
    #expect(try proxy.reload().code == 0)
    #expect(try answers(ask(10)) == ["new"])
    proxy.stop()
  }

  @Test func `a new worker that ends before it serves takes nobody with it`() throws {
    let proxy = try start(configuration(server("old")))
    let worker = try proxy.startedWorker()
    let reload = try beginReload(
      of: proxy, configuration(server("new", manyLocations)), loops: 4)
    func heir() -> pid_t? {
      proxy.program.descendants.first { $0 != worker && hasRole("worker", $0) }
    }
    #expect(wait(within: 60) { heir() != nil })
    let heir = try #require(heir())
    halt(heir)
    #expect(try answers(ask(40)) == ["old"])
    kill(heir, SIGKILL)
    #expect(reload.waitForExit(within: 20) == 1)
    #expect(try answers(ask(10)) == ["old"])
    #expect(proxy.worker == worker)
    // The next one has them all.
    #expect(try proxy.reload(configuration(server("new")), loops: 4).code == 0)
    #expect(wait { !isAlive(worker) })
    #expect(try answers(ask(40)) == ["new"])
    proxy.stop()
  }

  // MARK: - Addresses that go

  @Test func `a worker that leaves answers who waits at an address that goes with it`() throws {
    let other = try FreePorts.take()
    let proxy = try start(configuration(server("last")))
    let worker = try proxy.startedWorker()
    #expect(try answers(ask(1)) == ["last"])
    halt(worker)
    let waiting = try ask(40)
    let reload = try beginReload(
      of: proxy, configuration(server("new", at: "127.0.0.1:\(other)")), loops: 2)
    try proxy.waitForLog("configuration 2 is in use")
    kill(worker, SIGCONT)
    #expect(answers(waiting) == ["last"])
    #expect(reload.waitForExit(within: 20) == 0)
    #expect(wait { (try? Client(port: port)) == nil })
    #expect(wait { !isAlive(worker) })
    proxy.stop()
  }

  @Test(arguments: [1, 2])
  func `a worker without room answers who waits at an address that goes`(loops: Int) throws {
    let limit = 8
    func main(_ loops: Int) -> String {
      Proxy.preamble(loops: loops).replacing("connections 4096", with: "connections \(limit)")
    }
    let (first, other) = (try FreePorts.take(), try FreePorts.take())
    let proxy = try start(configuration(server("first", at: "127.0.0.1:\(first)")))
    try prefix.write(main(1) + configuration(server("last")), to: "nginx.conf")
    #expect(try proxy.reload().code == 0)
    let busy = try (0..<limit).map { _ in try Client(port: port) }
    for client in busy { client.send("GET / HTTP/1.1\r\nHost:") }
    try proxy.waitForLog("\(limit) worker_connections are not enough")
    let waiting = try ask(2 * limit)
    let reload = try beginReload(
      of: proxy, configuration(server("new", at: "127.0.0.1:\(other)")), main: main(loops))
    #expect(answers(waiting) == ["last"])
    for client in busy { client.send(" a\r\n\r\n") }
    #expect(answers(busy) == ["last"])
    #expect(reload.waitForExit(within: 20) == 0)
    proxy.stop()
  }

  @Test func `an address that another binary does not have is emptied by the one that goes`() throws
  {
    let other = try FreePorts.take()
    let proxy = try start(
      configuration(server("last"), server("old", at: "127.0.0.1:\(other)")))
    let worker = try proxy.startedWorker()
    try prefix.write(
      Proxy.preamble(loops: 1) + configuration(server("new", at: "127.0.0.1:\(other)")),
      to: "nginx.conf")
    proxy.program.send(SIGUSR2)
    let file = "\(prefix.path)/nginx.pid"
    #expect(wait { isFilled("\(file).oldbin") && isFilled(file) })
    let heir = try #require(pid_t(prefix.read("nginx.pid").dropLast()))
    defer { kill(heir, SIGTERM) }
    halt(worker)
    // More than a loop takes in one turn.
    let waiting = try ask(100)
    let before = descriptorCount(of: proxy.program.processID)
    proxy.program.send(SIGQUIT)
    // It closes its sockets, and tells the worker.
    #expect(wait { descriptorCount(of: proxy.program.processID) < before })
    kill(worker, SIGCONT)
    #expect(answers(waiting) == ["last"])
    #expect(wait { (try? Client(port: port)) == nil })
    #expect(wait { !isAlive(worker) })
  }
}
