import Bytes
import Config
import Testing

@testable import Engine

/// Each file of TLS that is of no use is told at its own line, all of them at once.
@Suite struct TLSProblemsTests {
  /// Files by their paths.
  private struct Files: FileReader {
    let content: [String: String]

    func bytes(of path: String) throws(ReadError) -> ByteString {
      guard let text = content[path] else { throw ReadError(call: "open()", code: 2) }
      return ByteString(text)
    }

    func paths(matching pattern: String) throws(ReadError) -> [String] { [] }
  }

  private func found(_ text: String, _ files: [String: String] = [:]) -> [(line: Int, String)] {
    var files = files
    files["/main"] = "events { }\nhttp {\n\(text)\n}\n"
    let reader = Files(content: files)
    var options = LoadOptions(prefix: "/", configurationFolder: "/etc/")
    options.files = reader
    let configuration = ConfigurationFiles.read(mainFile: "/main", folder: "/", reader: reader)
    return Load.site(from: configuration, options: options).diagnostics
      .map { ($0.place?.line ?? 0, "\($0.message.prefix { $0 != ":" })|\($0.note ?? "")") }
  }

  @Test func `a server's files and words are told at their own lines`() {
    let found = found(
      """
      server {
        listen 443 ssl;
        ssl_certificate /no.pem;
        ssl_certificate_key /no.key;
        ssl_trusted_certificate /trusted;
        ssl_crl /crl;
        ssl_dhparam /dh;
        ssl_ciphers NOPE;
        ssl_ecdh_curve nope;
        ssl_conf_command Nope a;
        ssl_session_ticket_key /tickets;
      }
      """, ["/trusted": "hello"])
    #expect(found.map(\.line) == [10, 5, 6, 7, 8, 9, 11, 12, 13])
    #expect(found[1].1 == "cannot load certificate \"/no.pem\"|there is no such file")
    #expect(found[2].1 == "cannot load certificate key \"/no.key\"|there is no such file")
    #expect(found[3].1.contains("no PEM text"))
  }

  @Test func `a file that stands in both places is told where it is wrong`() {
    let found = found(
      "server { listen 443 ssl; ssl_certificate /a;\nssl_certificate_key /a; }",
      ["/a": "-----BEGIN PRIVATE KEY-----"])
    #expect(found.map(\.line) == [3, 4])
  }

  @Test func `servers do not hide each other's files, and share what they inherit`() {
    let found = found(
      """
      ssl_certificate /no.pem; ssl_certificate_key /no.key;
      server { listen 443 ssl; }
      server { listen 444 ssl; }
      server { listen 445 ssl; ssl_certificate /other; ssl_certificate_key /no.key; }
      """)
    #expect(found.map(\.line) == [3, 3, 6, 6])
  }

  @Test func `without its passphrases a key is not tried`() {
    let found = found(
      """
      server { listen 443 ssl; ssl_certificate /no.pem; ssl_certificate_key /key;
        ssl_password_file /none; }
      """, ["/key": "-----BEGIN ENCRYPTED PRIVATE KEY-----"])
    #expect(found.map(\.line) == [4, 3])
  }

  private func upstream(_ text: String, _ files: [String: String] = [:]) -> [(line: Int, String)] {
    found("server { location / { proxy_pass https://[::1];\n\(text) } }", files)
  }

  @Test func `files for upstream servers are told at their own lines`() {
    let found = upstream(
      """
      proxy_ssl_certificate /no.pem;
      proxy_ssl_certificate_key /no.key;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate /trusted;
      proxy_ssl_crl /crl;
      proxy_ssl_ciphers NOPE;
      proxy_ssl_conf_command Nope a;
      """)
    #expect(found.map(\.line) == [9, 4, 5, 7, 8, 10])
    #expect(found[1].1 == "cannot load certificate \"/no.pem\"|there is no such file")
  }

  @Test(arguments: [
    ("proxy_ssl_certificate /a;", "no \"proxy_ssl_certificate_key\" is defined"),
    ("proxy_ssl_verify on;", "no proxy_ssl_trusted_certificate for proxy_ssl_verify"),
    ("proxy_ssl_password_file /a;", "open() \"/a\" failed"),
  ])
  func `what is missing for upstream servers has a place`(text: String, start: String) {
    let found = upstream(text)
    #expect(found.first?.line == 4)
    #expect(found.first?.1.hasPrefix(start) == true)
  }

  @Test func `authorities are read where they are needed`() {
    #expect(upstream("proxy_ssl_trusted_certificate /no; proxy_ssl_crl /no;").isEmpty)
  }
}
