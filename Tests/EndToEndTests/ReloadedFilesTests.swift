import Foundation
import Glibc
import Testing

/// The files and servers that a configuration names change with it, whatever rights the worker has.
@Suite(.serialized, .enabled(if: !Binaries.subjectIsNginx)) struct ReloadedFilesTests {
  private let prefix: TemporaryFolder
  private let port: Int

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
  }

  private func configuration(_ http: String) -> String {
    let user = Proxy.isSuperuser ? "user www-data;" : ""
    return Proxy.preamble(loops: 1).replacing("user root root;", with: user)
      + "http {\n\(http)\n}\n"
  }

  private func start(_ http: String) throws -> Proxy {
    let other = try FreePorts.take()
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "http { access_log off; server { listen 127.0.0.1:\(other); } }")
    #expect(try reload(proxy, http).code == 0)
    return proxy
  }

  private func reload(_ proxy: Proxy, _ http: String) throws -> (code: CInt, output: String) {
    try prefix.write(configuration(http), to: "nginx.conf")
    return try proxy.reload()
  }

  @Test func `certificates with keys that only the supervisor can read, maps and logs`() throws {
    try Certificate.make(in: prefix)
    chmod("\(prefix.path)/cert.key", 0o600)
    func text(_ name: String) -> String {
      """
      map $uri $mapped { default \(name); }
      access_log \(name).log;
      server { listen 127.0.0.1:\(port) ssl;
      ssl_certificate cert.pem; ssl_certificate_key cert.key;
      location / { return 200 $mapped; } }
      """
    }
    let proxy = try start(text("first"))
    #expect(try curl(trusting: prefix, "https://localhost:\(port)/") == "first")
    try Certificate.make(in: prefix)
    chmod("\(prefix.path)/cert.key", 0o600)
    #expect(try reload(proxy, text("second")).code == 0)
    // The new certificate is the one that is trusted now.
    #expect(try curl(trusting: prefix, "https://localhost:\(port)/") == "second")
    proxy.stop()
    #expect(prefix.read("first.log").split(separator: "\n").count == 1)
    #expect(prefix.read("second.log").split(separator: "\n").count == 1)
  }

  @Test func `password files`() throws {
    let text = """
      access_log off; server { listen 127.0.0.1:\(port);
      auth_basic closed; auth_basic_user_file users; location / { try_files /none =204; } }
      """
    // The same length and the same time of change as the next: only a reload tells.
    try prefix.write("anna:{PLAIN}first-word\n", to: "users")
    let proxy = try start(text)
    #expect(try status(as: "anna:first-word") == 204)
    #expect(try status(as: "anna:other-word") == 401)
    try prefix.write("anna:{PLAIN}other-word\n", to: "users")
    #expect(try reload(proxy, text).code == 0)
    #expect(try status(as: "anna:first-word") == 401)
    #expect(try status(as: "anna:other-word") == 204)
    proxy.stop()
  }

  private func status(as user: String) throws -> Int? {
    let client = try Client(port: port)
    let credentials = Data(user.utf8).base64EncodedString()
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic \(credentials)\r\n\r\n")
    return client.readResponse()?.status
  }

  @Test func `upstream servers, on the client's open connection too`() throws {
    let (first, second) = (try Origin(), try Origin())
    func text(_ origin: Origin) -> String {
      """
      access_log off; upstream pool { server 127.0.0.1:\(origin.port); keepalive 4; }
      server { listen 127.0.0.1:\(port); location / { proxy_pass http://pool;
      add_header X-Tried $upstream_addr; } }
      """
    }
    let proxy = try start(text(first))
    let client = try Client(port: port)
    func tried() -> String? {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      return client.readResponse()?["X-Tried"]
    }
    #expect(tried() == "127.0.0.1:\(first.port)")
    #expect(try reload(proxy, text(second)).code == 0)
    #expect(tried() == "127.0.0.1:\(second.port)")
    #expect(first.connectionCount == 1)
    proxy.stop()
  }
}
