import Foundation
import Glibc
import Testing

/// However a process that the supervisor has started fails, somebody is told why.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ChildFailureTests {
  private let prefix: TemporaryFolder
  private let port: Int

  /// What a process may write to a file in these tests: enough for a log, but not for a bundle.
  private static let fileSize = 65_536

  private static let died =
    "the process that checks the configuration exited on signal \(SIGXFSZ) before it answered"

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func text(_ answer: String, padding: Int = 0) -> String {
    let comment = String(repeating: "# comment\n", count: padding / 10)
    return comment
      + "http { access_log off; server { listen 127.0.0.1:\(port); return 200 \(answer); } }"
  }

  private func page() throws -> String? {
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return client.readResponse()?.text
  }

  private var command: [String] {
    [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"]
  }

  @Test func `a checker that dies is a reason not to start, and says how it died`() throws {
    try prefix.write(
      Proxy.preamble(loops: 1) + text("a", padding: 4 * Self.fileSize), to: "nginx.conf")
    let started = try run(
      ["/bin/sh", "-c", "ulimit -S -f \(Self.fileSize / 512); exec \"$@\"", "sh"] + command)
    #expect(started.code == 1)
    #expect(started.output == "apus: [emerg] \(Self.died)\n")
    #expect(prefix.read("error.log").contains("[emerg] "))
    #expect(prefix.read("error.log").contains(Self.died))
  }

  @Test func `a checker that dies fails one reload, and the next one is done`() throws {
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("old"))
    #expect(try page() == "old")
    try limitFiles(of: proxy.program.processID, to: Self.fileSize)
    let failed = try proxy.reload(text("new", padding: 4 * Self.fileSize))
    #expect(failed.code == 1)
    #expect(
      failed.output
        == "apus: [emerg] \(Self.died)\napus: reload failed: configuration 1 stays in use\n")
    #expect(prefix.read("error.log").contains(Self.died))
    #expect(try page() == "old")
    try limitFiles(of: proxy.program.processID, to: 100 * Self.fileSize)
    #expect(try proxy.reload().code == 0)
    #expect(try page() == "new")
    proxy.stop()
  }

  /// Sets the soft limit of what a process may write to a file.
  private func limitFiles(of process: pid_t, to size: Int) throws {
    let done = try run(["prlimit", "--pid", "\(process)", "--fsize=\(size):"])
    guard done.code == 0 else { throw HarnessError(done.output) }
  }

  @Test func `where the worker is to go and cannot is a reason not to start, nor to reload`() throws
  {
    let text = "working_directory \(prefix.path)/none;\n" + text("a")
    let reason = "chdir(\"\(prefix.path)/none\") failed (2: No such file or directory)"
    try prefix.write(Proxy.preamble(loops: 1) + text, to: "nginx.conf")
    let started = try run(command)
    #expect(started.code == 1)
    #expect(started.output == "apus: [emerg] \(reason)\n")
    #expect(prefix.read("error.log").contains("[emerg] "))
    #expect(prefix.read("error.log").contains(reason))
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: self.text("old"))
    let refused = try proxy.reload(text)
    #expect(refused.code == 1)
    #expect(
      refused.output
        == "apus: [emerg] \(reason)\napus: reload failed: configuration 1 stays in use\n")
    #expect(try page() == "old")
    proxy.stop()
  }

  @Test(.enabled(if: Proxy.isSuperuser))
  func `where only the superuser may go, a worker with another user is not started`() throws {
    try FileManager.default.createDirectory(
      atPath: "\(prefix.path)/own", withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    let main = Proxy.preamble(loops: 1).replacing("user root root;", with: "user www-data;")
    try prefix.write(
      main + "working_directory \(prefix.path)/own;\n" + text("a"), to: "nginx.conf")
    let started = try run(command)
    #expect(started.code == 1)
    let reason = "chdir(\"\(prefix.path)/own\") failed (13: Permission denied)"
    #expect(started.output == "apus: [emerg] \(reason)\n")
  }

  @Test func `a worker that cannot start says why, and is tried again after pauses`() throws {
    let folder = "\(prefix.path)/none"
    mkdir(folder, 0o755)
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "working_directory \(folder);\n" + text("a"))
    #expect(try page() == "a")
    let worker = try proxy.startedWorker()
    rmdir(folder)
    kill(worker, SIGKILL)
    let reason = "chdir(\"\(folder)\") failed (2: No such file or directory)"
    // At once, then after 100 and 200 ms.
    let begin = Date()
    #expect(wait { prefix.read("error.log").split(separator: reason).count > 4 })
    #expect(Date().timeIntervalSince(begin) > 0.25)
    #expect(Date().timeIntervalSince(begin) < 5)
    let lines = prefix.errorLogLines
    #expect(lines.contains { $0.contains("[alert]") && $0.contains(reason) })
    #expect(lines.contains { $0.contains("[alert]") && $0.hasSuffix("exited with code 1") })
    mkdir(folder, 0o755)
    #expect(try page() == "a")
    proxy.stop()
  }

  @Test func `ends of children are heard even where the starter ignored those of his own`() throws {
    try prefix.write(Proxy.preamble(loops: 1) + text("a"), to: "nginx.conf")
    let program = try Program(
      ["/usr/bin/env", "--ignore-signal=CHLD"] + command, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    #expect(try page() == "a")
    #expect(wait { program.worker != nil })
    let worker = try #require(program.worker)
    kill(worker, SIGKILL)
    #expect(wait { program.worker.map { $0 != worker } ?? false })
    #expect(try page() == "a")
    program.send(SIGTERM)
    #expect(program.waitForExit(within: 10) == 0)
  }
}
