import Foundation
import Glibc
import Testing

/// Who may do what: the supervisor, the worker, and those who speak to them.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct PrivilegeTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func page() throws -> String? {
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return client.readResponse()?.text
  }

  private func text(_ answer: String) -> String {
    "http { access_log off; server { listen 127.0.0.1:\(port); return 200 \(answer); } }"
  }

  private static var hasMountNamespaces: Bool {
    (try? run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/dev"]).code) == 0
  }

  @Test(.enabled(if: hasMountNamespaces))
  func `without a null device the start fails and says so`() throws {
    try prefix.write("pid nginx.pid; events {}\n" + text("a"), to: "nginx.conf")
    let command = "mount -t tmpfs none /dev && exec \"$0\" -p \"$1/\" -c nginx.conf -e error.log"
    let started = try run(["unshare", "-m", "sh", "-c", command, Binaries.subject, prefix.path])
    #expect(started.code == 1)
    #expect(
      started.output
        == "apus: [emerg] open() \"/dev/null\" failed (2: No such file or directory)\n")
    #expect(!isThere("\(prefix.path)/nginx.pid"))
  }

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
    #expect(wait { program.worker != nil })
    let worker = try #require(program.worker)
    let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
    let user = try #require(getpwnam("www-data")).pointee
    let lines = status.split(separator: "\n")
    let ids = { (id: UInt32) in "\t\(id)\t\(id)\t\(id)\t\(id)" }
    #expect(lines.contains("Uid:\(ids(user.pw_uid))"))
    #expect(lines.contains("Gid:\(ids(user.pw_gid))"))
    let groups = lines.first { $0.hasPrefix("Groups:") } ?? ""
    let expected = try run(["id", "-G", "www-data"]).output
    #expect(Set(words(groups.dropFirst(7))) == Set(words(expected[...])))
    for name in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
      #expect(lines.contains("\(name):\t0000000000000000"))
    }
    let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/fd").map {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(worker)/fd/\($0)")) ?? ""
    }
    // Neither a key file nor the bytes that were handed over are open any more.
    #expect(!links.contains { $0.contains("cert") || $0.contains("memfd") }, "\(links)")
    // What those rights come to with the file of the key.
    let reading = try run([
      "setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "cat",
      "\(prefix.path)/cert.key",
    ])
    #expect(reading.code == 1)
    #expect(reading.output.contains("Permission denied"))
    program.send(SIGTERM)
    #expect(program.waitForExit(within: 10) == 0)
  }

  private func words(_ text: Substring) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
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

  @Test(.enabled(if: Proxy.isSuperuser))
  func `an ordinary user starts, reloads and stops the program like the superuser`() throws {
    let user = try #require(getpwnam("nobody")).pointee
    chown(prefix.path, user.pw_uid, user.pw_gid)
    let asUser = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    let words = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log",
    ]
    // As Debian's configuration has it; an ordinary user cannot choose.
    let main = Proxy.preamble(loops: 1).replacing("user root root;", with: "user www-data;")
    try prefix.write(main + text("old"), to: "nginx.conf")
    let program = try Program(asUser + words, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    #expect(try page() == "old")
    #expect(
      prefix.read("output").contains(
        "[warn] the \"user\" directive makes sense only if the master process runs with "
          + "super-user privileges, ignored in "))
    let worker = try #require(program.worker)
    let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
    #expect(status.contains("Uid:\t\(user.pw_uid)\t\(user.pw_uid)\t"))
    try prefix.write(main + text("new"), to: "nginx.conf")
    // Somebody else is not heard.
    let other = ["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups"]
    let refused = try run(other + words + ["-s", "reload"])
    #expect(refused.code == 1)
    #expect(
      refused.output.hasSuffix(
        "apus: [alert] kill(\(program.processID), 1) failed (1: Operation not permitted)\n"),
      "\(refused.output)")
    #expect(try page() == "old")
    let done = try run(asUser + words + ["-s", "reload"])
    #expect(done.code == 0, "\(done.output)")
    #expect(try page() == "new")
    kill(worker, SIGKILL)
    #expect(try page() == "new")
    #expect(try run(asUser + words + ["-s", "quit"]).code == 0)
    #expect(program.waitForExit(within: 10) == 0)
  }

  // MARK: - What the processes say to each other

  /// Messages that make no sense: noise, a kind that a supervisor does not get, one that announces
  /// a descriptor, and one that announces more bytes than any.
  private static let nonsense = [
    "GET / HTTP/1.1\\r\\n", "\\1\\0\\5\\0\\0\\0\\0\\0\\0\\0\\0\\0",
    "\\1\\0\\11\\0\\1\\0\\0\\0\\0\\0\\0\\0",
    "\\1\\0\\11\\0\\0\\0\\0\\0\\377\\377\\377\\377",
  ]

  @Test(arguments: nonsense)
  func `whoever asks the supervisor for nonsense is sent away`(message: String) throws {
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("hello"))
    let asked = try run([
      "python3", Binaries.peer("control.py"), "\(prefix.path)/nginx.pid", message,
    ])
    #expect(asked.output == "closed\n")
    #expect(try proxy.reload(text("new")).code == 0)
    #expect(try page() == "new")
    proxy.stop()
  }

  @Test(.enabled(if: Proxy.isSuperuser), arguments: nonsense)
  func `a worker that says nonsense is ended and replaced`(message: String) throws {
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("hello"))
    #expect(try page() == "hello")
    let worker = try proxy.startedWorker()
    let said = try run(["python3", Binaries.peer("channel.py"), "\(worker)", message])
    #expect(said.output == "sent\n")
    #expect(wait { !isAlive(worker) })
    #expect(try page() == "hello")
    #expect(
      prefix.read("error.log").contains(
        "worker process \(worker): malformed message between processes: "))
    #expect(prefix.read("error.log").contains("worker process \(worker) exited on signal 9"))
    #expect(try proxy.reload(text("new")).code == 0)
    #expect(try page() == "new")
    proxy.stop()
  }

  /// That configuration 1 is in use, in the words of a worker.
  private static let report =
    "\\1\\0\\6\\0\\0\\0\\0\\0\\11\\0\\0\\0" + "\\1\\0\\0\\0\\0\\0\\0\\0" + "\\0"

  @Test(.enabled(if: Proxy.isSuperuser), arguments: [1, 2])
  func `a worker that reports what nobody asked for is ended, on its way home too`(
    loops: Int
  ) throws {
    let proxy = try Proxy(Binaries.subject, prefix: prefix, configuration: text("old"))
    let worker = try proxy.startedWorker()
    // Something to stay for.
    let busy = try Client(port: port)
    busy.send("GET / HTTP/1.1\r\nHost:")
    #expect(try proxy.reload(text("new"), loops: loops).code == 0)
    let said = try run(["python3", Binaries.peer("channel.py"), "\(worker)", Self.report])
    #expect(said.output == "sent\n")
    #expect(wait { !isAlive(worker) })
    #expect(
      prefix.read("error.log").contains(
        "worker process \(worker): malformed message between processes: "
          + "a report that nobody waits for"))
    #expect(try page() == "new")
    proxy.stop()
  }
}
