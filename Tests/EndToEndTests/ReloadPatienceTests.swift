import Foundation
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

  @Test func `a reload whose worker hangs while another is awaited leaves a worker`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    func text(_ locations: String) -> String {
      "http { access_log off; server { listen 127.0.0.1:\(port); return 200 a; \(locations) } }"
    }
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text(""))
    // With each worker that ends early the pause before the next one grows.
    for _ in 0..<7 {
      let worker = try proxy.startedWorker()
      kill(worker, SIGKILL)
      #expect(wait { !isAlive(worker) })
    }
    // Enough for the worker to be busy with until it is stopped.
    let locations = (0..<40_000).map { "location /\($0) { return 200; }" }.joined(separator: "\n")
    try prefix.write(Proxy.preamble(loops: 2) + text(locations), to: "nginx.conf")
    let reload = try Program(
      proxy.command(Binaries.subject, "-s", "reload"), output: "\(prefix.path)/reload")
    #expect(wait(within: 30) { proxy.worker != nil })
    halt(try #require(proxy.worker))
    #expect(reload.waitForExit(within: 45) == 1)
    #expect(prefix.read("reload").contains("configuration 1 stays in use"))
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "a")
    proxy.stop()
  }

  /// The process that checks a configuration, once it has begun: it is called "exe" before.
  private func runningChecker(of program: Program) -> pid_t? {
    program.descendants.first {
      let name = try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)
      return hasRole("checker", $0) && name != "exe\n"
    }
  }

  /// Starts a program, and a reload whose checker is stopped before it can answer.
  private func withHaltedChecker(
    _ body: (Proxy, _ reload: Program, _ checker: pid_t, _ text: String) throws -> Void
  ) throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    func text(_ locations: String) -> String {
      "http { access_log off; server { listen 127.0.0.1:\(port); return 200 a; \(locations) } }"
    }
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text(""))
    _ = try proxy.startedWorker()
    // Enough to be busy with until it is stopped.
    let locations = (0..<20_000).map { "location /\($0) { return 200; }" }.joined(separator: "\n")
    try prefix.write(Proxy.preamble(loops: 1) + text(locations), to: "nginx.conf")
    let reload = try Program(
      proxy.command(Binaries.subject, "-s", "reload"), output: "\(prefix.path)/reload")
    // Not the one of the start, which has ended; nor a process that is not the checker yet: the
    // program waits for that one in the midst of starting it.
    #expect(wait(within: 30) { runningChecker(of: proxy.program) != nil })
    let checker = try #require(runningChecker(of: proxy.program))
    halt(checker)
    try body(proxy, reload, checker, text(""))
    #expect(!isAlive(checker))
  }

  @Test func `a checker that hangs is ended, and the configuration stays`() throws {
    try withHaltedChecker { proxy, reload, checker, text in
      #expect(reload.waitForExit(within: 45) == 1)
      let reason = "the process that checks the configuration did not answer within 30 s"
      #expect(
        proxy.prefix.read("reload")
          == "apus: [emerg] \(reason)\napus: reload failed: configuration 1 stays in use\n")
      #expect(proxy.prefix.read("error.log").contains(reason))
      #expect(wait { !isAlive(checker) })
      let next = try proxy.reload(text)
      #expect(next.output == "apus: configuration 2 is in use\n")
      #expect(!proxy.prefix.read("error.log").contains("[alert]"))
      #expect(!proxy.prefix.read("error.log").contains("checker process \(checker)"))
      proxy.stop()
    }
  }

  @Test func `a checker that hangs at the start is given up, and so is the start`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let locations = (0..<20_000).map { "location /\($0) { return 200; }" }.joined(separator: "\n")
    try prefix.write(
      Proxy.preamble(loops: 1) + "http { server { listen 127.0.0.1:\(port); \(locations) } }",
      to: "nginx.conf")
    let program = try Program(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"],
      output: "\(prefix.path)/output")
    #expect(wait(within: 30) { runningChecker(of: program) != nil })
    let checker = try #require(runningChecker(of: program))
    halt(checker)
    #expect(program.waitForExit(within: 75) == 1)
    let reason = "the process that checks the configuration did not answer within 60 s"
    #expect(prefix.read("output") == "apus: [emerg] \(reason)\n")
    #expect(prefix.read("error.log").contains(reason))
    #expect(wait { !isAlive(checker) })
  }

  @Test func `a checker that hangs ends with a program that is killed`() throws {
    try withHaltedChecker { proxy, reload, checker, _ in
      proxy.program.send(SIGKILL)
      #expect(reload.waitForExit(within: 10) == 1)
      #expect(wait { !isAlive(checker) })
    }
  }

  @Test func `a checker that hangs does not outlive the program`() throws {
    try withHaltedChecker { proxy, reload, checker, _ in
      proxy.stop()
      #expect(reload.waitForExit(within: 10) == 1)
      #expect(wait { !isAlive(checker) })
    }
  }
}
