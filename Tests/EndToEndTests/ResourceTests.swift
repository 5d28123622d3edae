import Foundation
import Glibc
import Testing

/// Descriptors that run out, files that outlive their process, and rights that are given up.
@Suite(.serialized) struct ResourceTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func get(_ client: Client) -> Message? {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return client.readResponse()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `running out of descriptors is logged once and passes`() throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        worker_rlimit_nofile 40;
        http { access_log off;
        server { listen 127.0.0.1:\(port); location / { return 200 hello; } } }
        """)
    let clients = try (0..<60).map { _ in try Client(port: port) }
    #expect(get(clients[0])?.text == "hello")
    // It comes to nothing while the others keep their connections, and at once when they end.
    clients[59].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(clients[59].socket.receive(within: 1.2) == .timedOut)
    clients[..<59].forEach { $0.socket.close() }
    #expect(clients[59].readResponse()?.text == "hello")
    #expect(get(try Client(port: port))?.text == "hello")
    proxy.stop()
    let log = prefix.errorLogLines
    let failures = log.filter { $0.contains("accept4() failed (24: Too many open files)") }
    #expect(failures.count == 1)
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `each loop may open as many files as a worker process of nginx`() throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        worker_rlimit_nofile 100;
        http { access_log off;
        server { listen 127.0.0.1:\(port); location / { return 200 hello; } } }
        """, loops: 3)
    let worker = try proxy.startedWorker()
    // It has set its limits before it answers.
    #expect(get(try Client(port: port))?.text == "hello")
    let limits = try String(contentsOfFile: "/proc/\(worker)/limits", encoding: .utf8)
    let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
    #expect(line?.split(separator: " ").dropFirst(3).first == "300")
    proxy.stop()
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx))
  func `code that only the start needed leaves the memory`() throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off;
        server { listen 127.0.0.1:\(port); location / { return 200 hello; } } }
        """)
    let worker = try proxy.startedWorker()
    #expect(get(try Client(port: port))?.text == "hello")
    #expect(try residentCode(of: worker) < 0.5)
    let supervisor = proxy.program.processID
    // It is given back after the answer that is awaited here.
    #expect(try wait { try residentCode(of: supervisor) < 0.15 })
    #expect(try proxy.reload().code == 0)
    #expect(try wait { try residentCode(of: supervisor) < 0.15 })
    #expect(try proxy.reload("nonsense;").code == 1)
    #expect(try wait { try residentCode(of: supervisor) < 0.15 })
    proxy.stop()
  }

  /// How much of the program's code is in the memory of a process, from 0 to 1.
  private func residentCode(of process: pid_t) throws -> Double {
    let maps = try String(contentsOfFile: "/proc/\(process)/smaps", encoding: .utf8)
    let lines = maps.split(separator: "\n")
    let first = try #require(lines.firstIndex { $0.contains(" r-xp ") && $0.hasSuffix("/apus") })
    let figures = lines[first...].prefix(6).map { $0.split(separator: " ") }
    let size = try #require(figures.first { $0[0] == "Size:" }.flatMap { Double($0[1]) })
    let resident = try #require(figures.first { $0[0] == "Rss:" }.flatMap { Double($0[1]) })
    return resident / size
  }

  @Test func `the socket file of a process that was killed is no obstacle`() throws {
    let configuration = """
      http { access_log off;
      server { listen unix:\(prefix.path)/socket; listen 127.0.0.1:\(port);
      location / { return 200 hello; } } }
      """
    let first = try Proxy(Binaries.subject, prefix: prefix, configuration: configuration)
    first.program.send(SIGKILL)
    _ = first.program.waitForExit(within: 10)
    #expect(FileManager.default.fileExists(atPath: "\(prefix.path)/socket"))
    let second = try Proxy(Binaries.subject, prefix: prefix, configuration: configuration)
    let page = try run(["curl", "-sS", "--unix-socket", "\(prefix.path)/socket", "http://a/"])
    #expect(page.output == "hello")
    second.stop()
    #expect(!FileManager.default.fileExists(atPath: "\(prefix.path)/socket"))
  }
}
