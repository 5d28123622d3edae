import Glibc
import Testing

/// Sessions of TLS that are resumed on another loop than the one that began them.
@Suite(.serialized) struct TLSResumptionTests {
  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func `a ticket is understood by every loop`(version: String) throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    try Certificate.make(in: prefix)
    try prefix.write(
      """
      worker_processes 3; daemon off; pid nginx.pid; events {}
      http { access_log off;
      server { listen 127.0.0.1:\(port) ssl; ssl_certificate cert.pem;
      ssl_certificate_key cert.key; ssl_session_cache shared:sessions:1m;
      location / { return 200 hello; } } }
      """, to: "nginx.conf")
    let program = try Program(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"])
    try program.waitForFile("nginx.pid", in: prefix.path)
    let peer = try run(["python3", Binaries.peer("resumption.py"), "\(port)", version])
    #expect(peer.output == "20\n")
    program.send(SIGQUIT)
    #expect(program.waitForExit(within: 10) == 0)
  }

  /// What a name asks for is resumed under that name alone: the other server may have other rules
  /// for certificates of clients.
  @Test(.enabled(if: !Binaries.subjectIsNginx), arguments: ["TLSv1_2", "TLSv1_3"])
  func `every server resumes its own sessions and no other's`(version: String) throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    try Certificate.make(in: prefix)
    let tls = """
      listen 127.0.0.1:\(port) ssl; ssl_certificate cert.pem; ssl_certificate_key cert.key;
      """
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off;
        server { \(tls) server_name first.test; return 200 first; }
        server { \(tls) server_name second.test; return 200 second; } }
        """, loops: 2)
    for (name, other) in [("first.test", "second.test"), ("second.test", "first.test")] {
      let peer = try run(
        ["python3", Binaries.peer("resumption.py"), "--name", name, "--other", other]
          + ["\(port)", version])
      #expect(peer.output == "20\n0\n", "\(name)")
    }
    proxy.stop()
  }

  private func configuration(port: Int, _ version: Int, ssl: String = "") -> String {
    """
    http { access_log off;
    server { listen 127.0.0.1:\(port) ssl; ssl_certificate cert.pem;
    ssl_certificate_key cert.key; \(ssl)
    location / { return 200 \(version); } } }
    """
  }

  /// How many of twenty connections resume a session before and behind a reload.
  private func resumed(
    _ version: String, ssl: String, into changed: String
  ) throws -> String {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    try Certificate.make(in: prefix)
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix, configuration: configuration(port: port, 1, ssl: ssl),
      loops: 2)
    try prefix.write(
      Proxy.preamble(loops: 2) + configuration(port: port, 2, ssl: changed), to: "nginx.conf")
    let peer = try run(
      ["python3", Binaries.peer("resumption.py"), "\(port)", version]
        + proxy.command(Binaries.subject, "-s", "reload"))
    proxy.stop()
    return peer.output
  }

  @Test(.enabled(if: !Binaries.subjectIsNginx), arguments: ["TLSv1_2", "TLSv1_3"])
  func `a ticket outlives a reload that leaves the server's TLS alone`(version: String) throws {
    #expect(try resumed(version, ssl: "", into: "") == "20\n20\n")
    #expect(try resumed(version, ssl: "", into: "ssl_ciphers HIGH;") == "20\n0\n")
  }
}
