import Foundation
import Testing

/// Certificates of a server that variables name: they are found for each handshake.
@Suite struct ConnectionCertificateTests {
  private let prefix: TemporaryFolder
  private let port: Int
  private let proxy: Proxy

  init() throws {
    prefix = try TemporaryFolder()
    port = try FreePorts.take()
    for name in ["one.test", "two.test"] {
      try Certificate.make(named: name, in: prefix)
    }
    proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off;
        map $ssl_server_name $certificate { default $ssl_server_name; "" one.test; }
        server { listen 127.0.0.1:\(port) ssl;
        ssl_certificate $certificate.pem; ssl_certificate_key \(prefix.path)/$certificate.key;
        return 200 "$ssl_server_name"; }
        server { listen 127.0.0.1:\(port) ssl; server_name two.test;
        return 200 "second $ssl_server_name"; }
        server { listen 127.0.0.1:\(port) ssl; server_name curve.test;
        ssl_certificate two.test.pem$ssl_curve;
        ssl_certificate_key two.test.key; }
        server { listen 127.0.0.1:\(port) ssl; server_name fixed.test;
        ssl_certificate two.test.pem; ssl_certificate_key two.test.key; } }
        """)
  }

  /// The subject of the certificate that a client gets who asks for a name; empty for none.
  private func subject(of name: String?) throws -> String {
    let asked = name.map { ["-servername", $0] } ?? ["-noservername"]
    let command = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + asked
    let lines = try run(command).output.split(separator: "\n")
    let subject = lines.first { $0.hasPrefix("subject=") } ?? ""
    return String(subject.dropFirst("subject=".count).filter { $0 != " " })
  }

  @Test func `every name gets its certificate, new files count at once`() throws {
    #expect(try subject(of: "one.test") == "CN=one.test")
    #expect(try subject(of: "two.test") == "CN=two.test")
    #expect(try subject(of: nil) == "CN=one.test")
    #expect(try subject(of: "fixed.test") == "CN=two.test")
    // There is no curve yet.
    #expect(try subject(of: "curve.test") == "CN=two.test")
    #expect(try subject(of: "new.test") == "")
    try Certificate.make(named: "new.test", in: prefix)
    #expect(try subject(of: "new.test") == "CN=new.test")
    proxy.stop()
    let log = prefix.read("error.log")
    #expect(log.contains("cannot load certificate \"\(prefix.path)/new.test.pem\""))
  }

  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func `sessions are resumed`(version: String) throws {
    let peer = try run(
      ["python3", Binaries.peer("resumption.py"), "--name", "one.test", "\(port)", version])
    #expect(peer.output == "20\n")
    proxy.stop()
  }
}
