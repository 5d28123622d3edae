import Foundation
import Testing

/// What the program says and does when it is invoked beside a running server, or without one.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct RunningServerTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private var configuration: String {
    "http { access_log off; server { listen 127.0.0.1:\(port); location / { return 200 hello; } } }"
  }

  private var command: [String] {
    [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"]
  }

  private func start() throws -> Proxy {
    try Proxy(Binaries.subject, prefix: prefix, configuration: configuration)
  }

  /// Runs the program on the same configuration; its name is left out of what it says.
  private func apus(_ words: String...) throws -> (code: CInt, output: String) {
    let result = try run(command + words)
    return (
      result.code,
      result.output.replacing("apus: ", with: "").replacing("\(prefix.path)/", with: "")
    )
  }

  private func page() throws -> String? {
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return client.readResponse()?.text
  }

  @Test func `-s reopen makes new log files`() throws {
    let proxy = try start()
    prefix.remove("error.log")
    #expect(try apus("-s", "reopen").code == 0)
    try proxy.program.waitForFile("error.log", in: prefix.path, until: isThere)
    #expect(try page() == "hello")
    proxy.stop()
  }

  @Test(
    arguments: [
      (nil, "[error] open() \"nginx.pid\" failed (2: No such file or directory)\n"),
      ("", "[error] invalid PID number \"\" in \"nginx.pid\"\n"),
      ("x\n", "[error] invalid PID number \"x\" in \"nginx.pid\"\n"),
      // No process has a number beyond 2²².
      ("4194305\n", "[alert] kill(4194305, 15) failed (3: No such process)\n"),
    ] as [(String?, String)])
  func `-s stop without a server says why`(pid: String?, sentence: String) throws {
    try prefix.write("pid nginx.pid; events {}\n" + configuration, to: "nginx.conf")
    if let pid { try prefix.write(pid, to: "nginx.pid") }
    let sent = try apus("-s", "stop")
    #expect(sent.code == 1)
    #expect(
      sent.output == sentence
        + "  this is the pid file of nginx.conf, by its directive \"pid\" or else below the "
        + "prefix; no apus runs with this pid file, or it was started with another -p, -c or -g\n")
  }

  @Test func `a name without an address is told in the error log`() throws {
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off; server { listen 127.0.0.1:\(port); resolver 127.0.0.1:1;
        resolver_timeout 1s; location / { proxy_pass http://no.such.name.invalid; } } }
        """)
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(client.readResponse()?.status == 502)
    proxy.stop()
    #expect(
      prefix.read("error.log").contains(
        "no live upstreams while connecting to upstream, since \"no.such.name.invalid\" has no "
          + "address, client: 127.0.0.1"))
  }

  @Test func `a second server on the same port fails and leaves the first alone`() throws {
    let proxy = try start()
    let number = prefix.read("nginx.pid")
    let second = try apus()
    #expect(second.code == 1)
    // nginx: for two and a half seconds the other one could end; it says each sentence five times.
    #expect(
      second.output == """
        [emerg] bind() to 127.0.0.1:\(port) failed (98: Address already in use)
        [emerg] still could not bind()
          tried 5 times: another program has it, such as nginx, or an apus that runs already \
        (-s reload gives that one the configuration); ss -ltnp tells which

        """)
    #expect(prefix.read("nginx.pid") == number)
    #expect(try page() == "hello")
    proxy.stop()
  }

  @Test func `a second server with the same pid file is warned that it takes it over`() throws {
    let proxy = try start()
    let number = prefix.read("nginx.pid").trimmingCharacters(in: .newlines)
    let other = try FreePorts.take()
    let text = configuration.replacing("127.0.0.1:\(port)", with: "127.0.0.1:\(other)")
    try prefix.write("pid nginx.pid; daemon off; events {}\n" + text, to: "other.conf")
    let command = [
      Binaries.subject, "-p", "\(prefix.path)/", "-c", "other.conf", "-e", "other.log",
    ]
    let second = try Program(command, output: "\(prefix.path)/output")
    try second.waitForFile("nginx.pid", in: prefix.path) { _ in
      prefix.read("nginx.pid") == "\(second.processID)\n"
    }
    #expect(
      prefix.read("output").contains(
        "[warn] \"\(prefix.path)/nginx.pid\" names process \(number) (apus), which runs: "))
    // Reloading is no second start.
    #expect(try run(command + ["-s", "reload"]).output == "apus: configuration 2 is in use\n")
    #expect(try run(command + ["-s", "quit"]).code == 0)
    #expect(second.waitForExit(within: 10) == 0)
    proxy.stop()
  }

  @Test func `lists of processes tell the supervisor from the worker`() throws {
    let proxy = try start()
    func title(_ process: pid_t) -> String? {
      let bytes = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
      return bytes.map { String(decoding: $0.split(separator: 0).first ?? Data(), as: UTF8.self) }
    }
    let first = try #require(title(proxy.program.processID))
    #expect(first.hasPrefix("apus: master process \(Binaries.subject) -p \(prefix.path)/ -c "))
    let worker = try proxy.startedWorker()
    #expect(title(worker) == "apus: worker process")
    // The environment lay where the title is now.
    #expect(try page() == "hello")
    proxy.program.send(SIGUSR2)
    try proxy.waitForLog("start new binary process")
    #expect(wait { isFilled("\(prefix.path)/nginx.pid") })
    let second = try #require(pid_t(prefix.read("nginx.pid").trimmingCharacters(in: .newlines)))
    #expect(title(second) == first)
    kill(second, SIGTERM)
    #expect(wait { !isAlive(second) })
    proxy.stop()
  }

  @Test func `a folder that cannot be made is named with what to do`() throws {
    let text = configuration.replacing("http {", with: "http { client_body_temp_path none/body;")
    try prefix.write("pid nginx.pid; events {}\n" + text, to: "nginx.conf")
    let started = try apus()
    #expect(started.code == 1)
    #expect(
      started.output == """
        [emerg] mkdir() "none/body" failed (2: No such file or directory)
          the folder above is not there: mkdir -p none, or name another prefix with -p

        """)
  }

  @Test func `a pid file that was left behind is no obstacle`() throws {
    try prefix.write("pid nginx.pid; daemon off; events {}\n" + configuration, to: "nginx.conf")
    try prefix.write("4194305\n", to: "nginx.pid")
    let program = try Program(command, output: "\(prefix.path)/output")
    try program.waitForFile("nginx.pid", in: prefix.path) { _ in
      prefix.read("nginx.pid") == "\(program.processID)\n"
    }
    #expect(try apus("-s", "quit").code == 0)
    #expect(program.waitForExit(within: 10) == 0)
  }

  @Test func `without certificate an address for TLS is an error`() throws {
    try prefix.write(
      "events {}\nhttp {\nserver { listen \(port) ssl; }\n}\n", to: "nginx.conf")
    let test = try apus("-t")
    #expect(test.code == 1)
    #expect(
      test.output.hasPrefix(
        "[emerg] no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive "
          + "in nginx.conf:3\n"))
  }
}
