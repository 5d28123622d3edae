import Foundation
import Glibc
import Testing

/// Logs that are renamed or full, and descriptors that run out.
@Suite(.serialized) struct LogAndLimitTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  @Test func `no line is lost or doubled when logs are renamed under load`() throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { log_format short $request_uri; access_log access.log short;
        server { listen 127.0.0.1:\(port); return 200 hello; } }
        """, loops: 2)
    let (done, renames) = (Counter(), Counter())
    let clients = (0..<4).map { number in
      Thread { [port] in
        defer { done.finish() }
        guard let client = try? Client(port: port) else { return }
        var request = 0
        while request < 1000 || renames.count < 3 {
          client.send("GET /\(number)-\(request) HTTP/1.1\r\nHost: a\r\n\r\n")
          guard client.readResponse()?.status == 200 else { return }
          done.add()
          request += 1
        }
      }
    }
    clients.forEach { $0.start() }
    var renamed = 0
    while done.finished < clients.count {
      try FileManager.default.moveItem(
        atPath: "\(prefix.path)/access.log", toPath: "\(prefix.path)/access.log.\(renamed)")
      renamed += 1
      proxy.program.send(SIGUSR1)
      try proxy.program.waitForFile("access.log", in: prefix.path, until: isThere)
      renames.add()
      usleep(20_000)
    }
    proxy.stop()
    let names = ["access.log"] + (0..<renamed).map { "access.log.\($0)" }
    let lines = names.flatMap { prefix.read($0).split(separator: "\n") }
    #expect(done.count >= 4000)
    #expect(lines.count == done.count)
    #expect(Set(lines).count == done.count)
  }

  @Test func `a request whose head is refused is logged too`() throws {
    let secure = try FreePorts.take()
    try Certificate.make(in: prefix)
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { log_format short "$status $request"; access_log access.log short;
        server { listen 127.0.0.1:\(port); listen 127.0.0.1:\(secure) ssl;
          ssl_certificate cert.pem; ssl_certificate_key cert.key;
          return 200 hello; } }
        """)
    let heads = [
      (port, "GET / HTTP/1.1\r\n\r\n", 400), (port, "\0GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
      (port, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
      (secure, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ]
    for (port, head, status) in heads {
      let client = try Client(port: port)
      client.send(head)
      #expect(client.readResponse()?.status == status)
    }
    proxy.stop()
    let lines = prefix.read("access.log").split(separator: "\n").map { $0.prefix(3) }
    #expect(lines == ["400", "400", "400", "400"])
  }

  @Test(arguments: ["", "buffer=512 flush=1m"])
  func `a full disk stops nobody and is reported once`(parameters: String) throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log /dev/full combined \(parameters);
        server { listen 127.0.0.1:\(port); return 200 hello; } }
        """)
    let client = try Client(port: port)
    for _ in 0..<50 {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.status == 200)
    }
    proxy.stop()
    let reports = prefix.errorLogLines.filter {
      $0.contains("write() to \"/dev/full\" failed (28: No space left on device)")
    }
    // nginx reports the failure of an unbuffered log once in a minute, so once here too.
    #expect(reports.count == 1, "\(reports)")
  }

  @Test func `with too few descriptors what is possible is served, and all of it later`() throws {
    try prefix.write(
      Proxy.preamble(loops: 2) + """
        http { access_log off; server { listen 127.0.0.1:\(port) backlog=2048; return 200 hello; } }
        """, to: "nginx.conf")
    let command = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log",
    ]
    let program = try Program(
      ["/bin/sh", "-c", "ulimit -n 128; exec \"$@\"", "sh"] + command,
      output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path)
    // Which of the others are taken is chance: each loop takes from a queue of its own.
    let first = try Client(port: port)
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(first.readResponse()?.text == "hello")
    var clients = try (0..<1_000).map { _ in try Client(port: port) }
    try program.waitForFile("error.log", in: prefix.path) { _ in
      prefix.read("error.log").contains("Too many open files")
    }
    // A second of exhaustion costs next to no time of the processors.
    let before = processorTime(of: program)
    sleep(1)
    #expect(processorTime(of: program) - before < 0.2)
    let last = try Client(port: port)
    last.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(clients.count == 1_000)
    clients = []
    #expect(last.readResponse()?.text == "hello")
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(first.readResponse()?.text == "hello")
    let reports = prefix.errorLogLines.filter {
      $0.contains("Too many open files")
    }
    #expect(reports.count == 1, "\(reports)")
    program.send(SIGTERM)
    #expect(program.waitForExit(within: 10) == 0)
  }

  /// The seconds that a program and its descendants have had of the processors.
  private func processorTime(of program: Program) -> Double {
    ([program.processID] + program.descendants).reduce(0) { sum, id in
      let text = (try? String(contentsOfFile: "/proc/\(id)/schedstat", encoding: .utf8)) ?? ""
      return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
    }
  }
}

/// Counts from several threads.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var numbers = (count: 0, finished: 0)

  func add() { lock.withLock { numbers.count += 1 } }
  func finish() { lock.withLock { numbers.finished += 1 } }
  var count: Int { lock.withLock { numbers.count } }
  var finished: Int { lock.withLock { numbers.finished } }
}
