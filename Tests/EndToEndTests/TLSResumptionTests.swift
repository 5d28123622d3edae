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

  @Test func `a location resumes what it began with an upstream server, and only that`() throws {
    let prefix = try TemporaryFolder()
    let (port, secure) = (try FreePorts.take(), try FreePorts.take())
    try Certificate.make(in: prefix)
    try prefix.write(
      """
      worker_processes 1; daemon off; pid nginx.pid; events {}
      http { access_log off;
      server { listen 127.0.0.1:\(secure) ssl; ssl_certificate cert.pem;
      ssl_certificate_key cert.key; location / { return 200 $ssl_session_reused; } }
      server { listen 127.0.0.1:\(port); proxy_ssl_name $arg_name; proxy_ssl_server_name on;
      location /one { proxy_pass https://127.0.0.1:\(secure); }
      location /two { proxy_pass https://127.0.0.1:\(secure); }
      location /never { proxy_pass https://127.0.0.1:\(secure); proxy_ssl_session_reuse off; }
      } }
      """, to: "nginx.conf")
    let program = try Program(
      [Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf", "-e", "error.log"])
    try program.waitForFile("nginx.pid", in: prefix.path)
    let expected = [
      ("/one?name=a.example", "."), ("/one?name=a.example", "r"), ("/one?name=b.example", "."),
      ("/two?name=a.example", "."), ("/one?name=b.example", "r"), ("/never", "."), ("/never", "."),
    ]
    for (path, reused) in expected {
      let client = try Client(port: port)
      client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(client.readResponse()?.text == reused, "\(path)")
    }
    program.send(SIGQUIT)
    #expect(program.waitForExit(within: 10) == 0)
  }
}
