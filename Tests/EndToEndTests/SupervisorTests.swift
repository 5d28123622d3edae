import Foundation
import Glibc
import Testing

/// Two processes: one keeps the rights and the sockets, the other serves and may crash.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct SupervisorTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func http(_ server: String) -> String {
    "http { access_log off; server { listen 127.0.0.1:\(port); \(server) } }"
  }

  private func start(
    main: String = "", _ server: String = "return 200 hello;", loops: Int = 1
  ) throws -> Proxy {
    try Proxy(
      Binaries.subject, prefix: prefix, configuration: "\(main)\n\(http(server))", loops: loops)
  }

  private func page(_ target: String = "/") throws -> String? {
    let client = try Client(port: port)
    client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return client.readResponse()?.text
  }

  // MARK: - Crashes

  @Test func `a worker that is killed is replaced at once on the same sockets`() throws {
    let proxy = try start(loops: 2)
    let worker = try proxy.startedWorker()
    halt(worker)
    // These wait to be accepted, or for an answer that never comes; then the worker dies.
    let waiting = try (0..<20).map { _ in try Client(port: port) }
    let begin = Date()
    kill(worker, SIGKILL)
    #expect(try page() == "hello")
    #expect(Date().timeIntervalSince(begin) < 1)
    for client in waiting {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.text == "hello")
    }
    let text = "worker process \(worker) exited on signal 9"
    let lines = prefix.read("error.log").split(separator: "\n")
    #expect(lines.contains { $0.contains("[alert]") && $0.hasSuffix(text) })
    proxy.stop()
  }

  @Test func `a worker that ends again and again is restarted with a growing pause`() throws {
    let proxy = try start()
    let begin = Date()
    for _ in 0..<4 {
      #expect(wait { proxy.worker != nil })
      let worker = try proxy.startedWorker()
      kill(worker, SIGKILL)
      #expect(wait { proxy.worker != nil && proxy.worker != worker })
    }
    // At once, then after 100, 200 and 400 ms.
    #expect(Date().timeIntervalSince(begin) > 0.6)
    #expect(try page() == "hello")
    proxy.stop()
  }

  @Test func `without its supervisor a worker finishes its requests and ends`() throws {
    let origin = try RawSocket.listen(on: 0)
    let proxy = try start("location / { proxy_pass http://127.0.0.1:\(origin.port); }")
    let worker = try proxy.startedWorker()
    let busy = try Client(port: port)
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let connection = try #require(origin.accept(within: 10))
    #expect(connection.receive(within: 10) != .timedOut)
    proxy.program.send(SIGKILL)
    #expect(wait { (try? Client(port: port)) == nil })
    connection.send(Origin.plain.utf8)
    let response = busy.readResponse()
    #expect(response?.status == 200)
    #expect(response?["Connection"] == "close")
    #expect(wait { !isAlive(worker) })
    _ = proxy.program.waitForExit(within: 10)
    // What was left behind is no obstacle.
    let second = try start()
    #expect(try page() == "hello")
    second.stop()
  }

  // MARK: - Signals

  @Test func `WINCH sends the workers of a program in the background home, HUP brings them back`()
    throws
  {
    let daemon = try Daemon(prefix, http("return 200 hello;"))
    defer { daemon.kill() }
    #expect(try page() == "hello")
    #expect(wait { !daemon.children.isEmpty })
    let worker = try #require(daemon.children.first)
    kill(daemon.processID, SIGWINCH)
    #expect(wait { !isAlive(worker) })
    let waiting = try Client(port: port)
    waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    kill(daemon.processID, SIGHUP)
    #expect(waiting.readResponse()?.text == "hello")
    kill(daemon.processID, SIGTERM)
    #expect(wait { !isAlive(daemon.processID) })
    #expect(!isThere("\(prefix.path)/nginx.pid"))
  }

  @Test func `in the background the program lets go of its terminal`() throws {
    let daemon = try Daemon(prefix, http("return 200 hello;"))
    defer { daemon.kill() }
    #expect(try page() == "hello")
    let input = try FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/\(daemon.processID)/fd/0")
    #expect(input == "/dev/null")
    #expect(getsid(daemon.processID) == daemon.processID)
    let quit = try run(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-s", "quit"])
    #expect(quit.code == 0)
    #expect(wait { !isAlive(daemon.processID) })
  }

  @Test func `with master_process off one process does everything, and reloads too`() throws {
    let proxy = try start(main: "master_process off;", loops: 2)
    #expect(try page() == "hello")
    #expect(proxy.worker == nil)
    let changed = "master_process off;\n\(http("return 200 new;"))"
    #expect(try proxy.reload(changed, loops: 2).code == 0)
    #expect(try page() == "new")
    let other = try proxy.reload(changed, loops: 3)
    #expect(other.code == 1)
    #expect(other.output.contains("\"master_process\" is off"))
    proxy.program.send(SIGQUIT)
    #expect(proxy.program.waitForExit(within: 10) == 0)
  }

  // MARK: - Another binary

  @Test func `USR2 starts another binary on the same sockets, and back again`() throws {
    let proxy = try start(loops: 2)
    let path = "\(prefix.path)/nginx.pid"
    proxy.program.send(SIGUSR2)
    #expect(wait { isFilled("\(path).oldbin") && isFilled(path) })
    let old = Int(proxy.program.processID)
    #expect(prefix.read("nginx.pid.oldbin") == "\(old)\n")
    let new = try #require(pid_t(prefix.read("nginx.pid").dropLast()))
    #expect(new != proxy.program.processID)
    for _ in 0..<20 { #expect(try page() == "hello") }
    // The new one goes: the old one takes its place back.
    kill(new, SIGQUIT)
    #expect(wait { prefix.read("nginx.pid") == "\(old)\n" })
    #expect(!isThere("\(path).oldbin"))
    for _ in 0..<20 { #expect(try page() == "hello") }
    // Once more, and now the old one goes.
    proxy.program.send(SIGUSR2)
    #expect(wait { isFilled("\(path).oldbin") && isFilled(path) })
    let last = try #require(pid_t(prefix.read("nginx.pid").dropLast()))
    defer { kill(last, SIGKILL) }
    proxy.program.send(SIGQUIT)
    #expect(wait { !isThere("\(path).oldbin") })
    for _ in 0..<20 { #expect(try page() == "hello") }
    #expect(prefix.read("nginx.pid") == "\(last)\n")
    #expect(try run(proxy.command(Binaries.subject, "-s", "stop")).code == 0)
    #expect(wait { !isThere(path) })
  }

  // MARK: - Rights

  @Test(.enabled(if: Proxy.isSuperuser))
  func `a worker has the rights of its user and no others`() throws {
    try Certificate.make(in: prefix)
    chmod("\(prefix.path)/cert.key", 0o600)
    try prefix.write(
      """
      user www-data; daemon off; pid nginx.pid; error_log error.log;
      events {}
      http { access_log off; server { listen 127.0.0.1:\(port);
      listen 127.0.0.1:\(try FreePorts.take()) ssl;
      ssl_certificate cert.pem; ssl_certificate_key cert.key; return 200 hello; } }
      """, to: "nginx.conf")
    let command = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log",
    ]
    let program = try Program(command, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    #expect(try page() == "hello")
    #expect(wait { !program.descendants.isEmpty })
    let worker = try #require(program.descendants.first)
    let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
    let user = try #require(getpwnam("www-data")).pointee
    let lines = status.split(separator: "\n")
    let ids = { (id: UInt32) in "\t\(id)\t\(id)\t\(id)\t\(id)" }
    #expect(lines.contains("Uid:\(ids(user.pw_uid))"))
    #expect(lines.contains("Gid:\(ids(user.pw_gid))"))
    for name in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
      #expect(lines.contains("\(name):\t0000000000000000"))
    }
    let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/fd").map {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(worker)/fd/\($0)")) ?? ""
    }
    // Neither a key file nor the bytes that were handed over are open any more.
    #expect(!links.contains { $0.contains("cert") || $0.contains("memfd") }, "\(links)")
    program.send(SIGTERM)
    #expect(program.waitForExit(within: 10) == 0)
  }

  @Test(.enabled(if: Proxy.isSuperuser))
  func `a reload opens ports below 1024 while the worker has no rights`() throws {
    // Nothing else on this machine is expected to use it.
    let low = 1021
    try FreePorts.check(low)
    let main = "user www-data;\n"
    func text(_ listen: String) -> String {
      main + """
        daemon off; pid nginx.pid; error_log error.log notice;
        events {}
        http { access_log off; server { listen 127.0.0.1:\(port); \(listen) return 200 hello; } }
        """
    }
    try prefix.write(text(""), to: "nginx.conf")
    let command = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log",
    ]
    let program = try Program(command, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    try prefix.write(text("listen 127.0.0.1:\(low);"), to: "nginx.conf")
    #expect(try run(command + ["-s", "reload"]).code == 0)
    let client = try Client(port: low)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "hello")
    program.send(SIGTERM)
    #expect(program.waitForExit(within: 10) == 0)
  }
}

/// The program in the background, which is nobody's child.
final class Daemon {
  let processID: pid_t

  init(_ prefix: TemporaryFolder, _ configuration: String) throws {
    let user = Proxy.isSuperuser ? "user root root;" : ""
    try prefix.write(
      "\(user) pid nginx.pid; error_log error.log notice; events {}\n\(configuration)",
      to: "nginx.conf")
    // The harness waits for the end of everything that holds this descriptor.
    let started = try run(
      ["/bin/bash", "-c", "exec \"$@\" 200>&-", "bash", Binaries.subject]
        + ["-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"])
    guard started.code == 0, wait(until: { isFilled("\(prefix.path)/nginx.pid") }),
      let number = pid_t(prefix.read("nginx.pid").dropLast())
    else { throw HarnessError("no daemon: \(started.output)") }
    processID = number
  }

  var children: [pid_t] {
    let path = "/proc/\(processID)/task/\(processID)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { pid_t($0) }
  }

  /// Ends it whatever a test has come to.
  func kill() {
    for process in children + [processID] { Glibc.kill(process, SIGKILL) }
  }
}
