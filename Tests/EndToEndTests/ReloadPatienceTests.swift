import Glibc
import Testing

/// A worker that does not answer a reload: what is said of the outcome is true all the same.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ReloadPatienceTests {
  @Test func `a worker that wakes too late keeps its configuration and takes the next`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    func text(_ version: String) -> String {
      "http { access_log off; server { listen 127.0.0.1:\(port); return 200 \(version); } }"
    }
    func page() throws -> String? {
      let client = try Client(port: port)
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      return client.readResponse()?.text
    }
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("old"))
    let worker = try proxy.startedWorker()
    #expect(try page() == "old")
    halt(worker)
    let open = try proxy.reload(text("late"))
    #expect(open.code == 1)
    #expect(
      open.output == "apus: [alert] worker process \(worker) does not answer yet\n"
        + "apus: configuration 1 is still in use: see the error log\n")
    // Whoever asks meanwhile is told the same at once.
    #expect(try proxy.reload() == open)
    try prefix.write(Proxy.preamble(loops: 1) + text("new"), to: "nginx.conf")
    kill(worker, SIGCONT)
    try proxy.waitForLog("configuration 1 stays in use")
    #expect(prefix.read("error.log").contains("the configuration was not ready in time"))
    // The second question is still to be answered by deeds.
    try proxy.waitForLog("configuration 3 is in use")
    #expect(try page() == "new")
    #expect(proxy.worker == worker)
    proxy.stop()
  }

  @Test func `a checker that hangs is ended, and the configuration stays`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    func text(_ version: String) -> String {
      "http { access_log off; server { listen 127.0.0.1:\(port); return 200 \(version); } }"
    }
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("old"))
    _ = try proxy.startedWorker()
    // Whoever reads it waits for what never comes.
    let pipe = "\(prefix.path)/endless.conf"
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = open(pipe, O_RDWR | O_CLOEXEC)
    defer { close(writer) }
    let failed = try proxy.reload("include \(pipe);\n" + text("new"))
    #expect(failed.code == 1)
    let reason = "the process that checks the configuration did not answer within 30 s"
    #expect(
      failed.output
        == "apus: [emerg] \(reason)\napus: reload failed: configuration 1 stays in use\n")
    #expect(prefix.read("error.log").contains("[emerg] "))
    #expect(prefix.read("error.log").contains(reason))
    #expect(wait { proxy.program.descendants.count == 1 })
    #expect(try proxy.reload(text("new")).output == "apus: configuration 2 is in use\n")
    #expect(!prefix.read("error.log").contains("[alert]"))
    proxy.stop()
  }

  @Test func `a checker that hangs does not outlive the program`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let text = "http { access_log off; server { listen 127.0.0.1:\(port); return 200 a; } }"
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text)
    _ = try proxy.startedWorker()
    let pipe = "\(prefix.path)/endless.conf"
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = open(pipe, O_RDWR | O_CLOEXEC)
    defer { close(writer) }
    try prefix.write(Proxy.preamble(loops: 1) + "include \(pipe);\n" + text, to: "nginx.conf")
    proxy.program.send(SIGHUP)
    #expect(wait { proxy.program.descendants.count == 2 })
    let children = proxy.program.descendants
    proxy.stop()
    #expect(wait { !children.contains(where: isAlive) })
  }
}
