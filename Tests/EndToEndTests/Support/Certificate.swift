/// A self-signed certificate for localhost, made with the openssl program.
enum Certificate {
  /// Writes `cert.pem` and `cert.key` into a folder.
  static func make(in folder: TemporaryFolder) throws {
    let made = try run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "\(folder.path)/cert.key", "-out",
      "\(folder.path)/cert.pem",
    ])
    guard made.code == 0 else { throw HarnessError("openssl: \(made.output)") }
  }

  /// Writes `NAME.pem` and `NAME.key` into a folder.
  static func make(named name: String, in folder: TemporaryFolder) throws {
    let made = try run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout", "\(folder.path)/\(name).key",
      "-out", "\(folder.path)/\(name).pem",
    ])
    guard made.code == 0 else { throw HarnessError("openssl: \(made.output)") }
  }
}

extension Proxy {
  /// Starts the program under test with one TLS server that holds these locations.
  static func encrypted(port: Int, prefix: TemporaryFolder, _ locations: String) throws -> Proxy {
    try Certificate.make(in: prefix)
    return try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http {
        access_log off;
        server {
        listen 127.0.0.1:\(port) ssl;
        server_name localhost;
        ssl_certificate cert.pem;
        ssl_certificate_key cert.key;
        \(locations)
        }
        }
        """)
  }
}

/// The location of the seed snippet for WebSockets.
func webSocketLocation(_ path: String, origin: Int) -> String {
  """
  location \(path) {
    proxy_pass http://127.0.0.1:\(origin);
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "Upgrade";
    proxy_set_header X-Real-IP $remote_addr;
  }
  """
}

/// Runs curl, which trusts the folder's certificate, and returns all it wrote.
func curl(trusting folder: TemporaryFolder, _ arguments: String...) throws -> String {
  let fixed = ["curl", "-sS", "--noproxy", "*", "--cacert", "\(folder.path)/cert.pem"]
  return try run(fixed + arguments).output
}
