import Foundation
import Testing

/// Certificates that a request names, which upstream servers are shown.
@Suite struct UpstreamCertificateTests {
  @Test func `each request shows its own certificate, on a connection of its own`() throws {
    let prefix = try TemporaryFolder()
    for name in ["one", "two"] { try Certificate.make(named: name, in: prefix) }
    let (port, origin) = (try FreePorts.take(), try FreePorts.take())
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off;
        server { listen 127.0.0.1:\(origin) ssl;
        ssl_certificate one.pem; ssl_certificate_key one.key; ssl_verify_client optional_no_ca;
        return 200 "$ssl_client_s_dn|$connection_requests|$ssl_session_reused"; }
        upstream origin { server 127.0.0.1:\(origin); keepalive 4; }
        server { listen 127.0.0.1:\(port);
        location / { proxy_pass https://origin;
        proxy_ssl_certificate $arg_cert; proxy_ssl_certificate_key $arg_key; }
        location /fixed { proxy_pass https://origin;
        proxy_ssl_certificate one.pem; proxy_ssl_certificate_key one.key; } } }
        """)
    func get(_ target: String) throws -> Message? {
      let client = try Client(port: port)
      client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
      return client.readResponse()
    }
    for _ in 0..<2 {
      #expect(try get("/?cert=one.pem&key=one.key")?.text == "CN=one|1|.")
      #expect(try get("/?cert=two.pem&key=\(prefix.path)/two.key")?.text == "CN=two|1|.")
    }
    #expect(try get("/")?.text.hasPrefix("|1|") == true)
    #expect(try get("/fixed")?.text == "CN=one|1|.")
    #expect(try get("/fixed")?.text == "CN=one|2|.")
    #expect(try get("/?cert=none.pem&key=one.key")?.status == 500)
    #expect(try get("/?cert=one.pem&key=two.key")?.status == 500)
    proxy.stop()
    let log = prefix.read("error.log")
    #expect(log.contains("cannot load certificate \"\(prefix.path)/none.pem\""))
  }
}
