import Foundation
import Testing

/// The three snippets that this program was made for, unchanged, with real peers at their ports.
@Suite struct SeedSnippetsTests {
  private static let hasPeers =
    Binaries.phpFPM != nil && Binaries.tomcatHome != nil && Binaries.python != nil

  /// As people bring them: no byte of it may be adapted to the test.
  private static let snippets = """
    location /wss {
        proxy_pass http://127.0.0.1:8888;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "Upgrade";
        proxy_set_header X-Real-IP $remote_addr;
    }
    location ~ .php$ {
        root html;
        fastcgi_pass 127.0.0.1:9000;
        fastcgi_index index.php;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        include fastcgi_params;
    }
    location /Tomcat {
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
        proxy_set_header X-Real-IP $remote_addr;
    }
    """

  @Test(.enabled(if: hasPeers))
  func `WebSockets, PHP, Tomcat and plain pages work at once on one TLS port`() throws {
    for fixed in [8888, 9000, 8080] { try FreePorts.check(fixed) }
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    try ApplicationServers.writePHPPage(in: prefix)
    let servers = [
      try ApplicationServers.startPHP(in: prefix, port: 9000),
      try ApplicationServers.startTomcat(
        in: prefix, port: 8080, contexts: ["/Tomcat", "/examples"]),
    ]
    let locations = [
      "root html;", "client_max_body_size 10m;", Self.snippets,
      webSocketLocation("/examples/websocket", origin: 8080),
    ]
    let proxy = try Proxy.encrypted(
      port: port, prefix: prefix, locations.joined(separator: "\n"))
    let talk = try startTalk(in: prefix, port: port)
    let site = "https://localhost:\(port)"
    try expectPages(of: site, prefix)
    try expectPHP(at: "\(site)/test.php", prefix)
    try expectTomcat(at: "\(site)/Tomcat", prefix)
    try expectPages(of: site, prefix)
    talk.send(SIGTERM)
    #expect(talk.waitForExit(within: 30) == 0)
    #expect(prefix.read("talk") == "open\nok\n")
    proxy.stop()
    servers.forEach { $0.send(SIGTERM) }
    let log = prefix.read("error.log")
    for level in ["error", "crit", "alert", "emerg"] {
      #expect(!log.contains("[\(level)]"), "\(log)")
    }
  }

  /// Starts the WebSocket server on port 8888 and its clients, and waits until both tunnels,
  /// to it and to Tomcat, are open; from then on messages pass until SIGTERM.
  private func startTalk(in prefix: TemporaryFolder, port: Int) throws -> Program {
    let talk = try Program(
      [
        try #require(Binaries.python), Binaries.peer("websocket.py"), "8888", "\(port)",
        "\(prefix.path)/cert.pem", "meanwhile", "/examples/websocket/echoProgrammatic",
      ], output: "\(prefix.path)/talk")
    try talk.waitForFile("talk", in: prefix.path, within: 30)
    // The file may be filled bit by bit.
    try #require(wait { prefix.read("talk") == "open\n" })
    return talk
  }

  private func expectPages(of site: String, _ prefix: TemporaryFolder) throws {
    let large = String(repeating: "a line of a large page\n", count: 50_000)
    try prefix.write("<p>plain</p>\n", to: "html/index.html")
    try prefix.write(large, to: "html/large.txt")
    #expect(try curl(trusting: prefix, "\(site)/") == "<p>plain</p>\n")
    #expect(try curl(trusting: prefix, "\(site)/large.txt") == large)
  }

  private func expectTomcat(at context: String, _ prefix: TemporaryFolder) throws {
    let servlets = "\(context)/servlets/servlet"
    let start = try curl(trusting: prefix, "\(context)/")
    #expect(start.contains("Apache Tomcat"))
    let fields = try curl(
      trusting: prefix, "-H", "Accept: application/json", "\(servlets)/RequestHeaderExample")
    #expect(fields.contains("\"x-real-ip\":\"127.0.0.1\""), "\(fields)")
    let posted = try curl(
      trusting: prefix, "-d", "firstname=Apus&lastname=apus", "\(servlets)/RequestParamExample")
    #expect(posted.contains("Apus"))
    let dynamic = try curl(trusting: prefix, "\(context)/jsp/jsp2/el/basic-arithmetic.jsp")
    #expect(dynamic.contains("<td>3</td>"))
  }
}
