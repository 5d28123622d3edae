import Foundation
import Testing

/// nginx's flags, as a shell sees them: output and exit codes.
@Suite struct CommandLineTests {
  /// Five lines with a mistake each: the word that the caret stands under, and nginx's sentence.
  private static let mistakes: [(line: Int, word: String, sentence: String)] = [
    (4, "sssl", "invalid parameter \"sssl\""),
    (5, "server_nam", "unknown directive \"server_nam\""),
    (7, "sixty", "\"proxy_read_timeout\" directive invalid value"),
    (8, "return", "invalid number of arguments in \"return\" directive"),
    (9, "events", "\"events\" directive is not allowed here"),
  ]

  private static let mistaken = """
    events { }
    http {
      server {
        listen 127.0.0.1:8080 sssl;
        server_nam example.org;
        location / {
          proxy_read_timeout sixty;
          return;
          events { }
        }
      }
    }

    """

  @Test func `-t tells all five mistakes at once, each with its line and its column`() throws {
    let prefix = try TemporaryFolder()
    try prefix.write(Self.mistaken, to: "nginx.conf")
    let result = try check("-t", in: prefix)
    #expect(result.code == 1)
    let lines = result.output.split(separator: "\n").map(String.init)
    let heads = lines.indices.filter { lines[$0].hasPrefix("apus: ") }.dropLast()
    #expect(heads.count == Self.mistakes.count, "\(result.output)")
    let source = Self.mistaken.split(separator: "\n").map(String.init)
    for (head, mistake) in zip(heads, Self.mistakes) {
      let place = "\(prefix.path)/nginx.conf:\(mistake.line)"
      let mark = head == heads.first ? "[emerg]" : "also:"
      #expect(lines[head] == "apus: \(mark) \(mistake.sentence) in \(place)")
      let text = source[mistake.line - 1]
      let column = text.distance(from: text.startIndex, to: start(of: mistake.word, in: text)) + 1
      #expect(lines[head + 1] == "  --> \(place):\(column)")
      #expect(lines[head + 2].hasSuffix(text))
      #expect(word(above: lines[head + 3], in: lines[head + 2]).hasPrefix(mistake.word))
    }
    #expect(result.output.contains("did you mean \"server_name\"?"))
    #expect(lines.last?.hasSuffix("test failed") == true)
  }

  @Test func `an option that does not exist leads to the list of those that do`() throws {
    let prefix = try TemporaryFolder()
    let result = try check("--test", in: prefix)
    #expect(result.code == 1)
    #expect(result.output == "apus: invalid option: \"-\"\n  \"apus -h\" lists the options\n")
  }

  private func start(of word: String, in line: String) -> String.Index {
    line.range(of: word)?.lowerBound ?? line.startIndex
  }

  /// What stands above the caret, up to the end of the line.
  private func word(above marker: String, in line: String) -> Substring {
    guard let caret = marker.firstIndex(of: "^") else { return "" }
    return line.dropFirst(marker.distance(from: marker.startIndex, to: caret))
  }

  @Test(arguments: [
    "server { listen 127.0.0.1:8080; location / { return 204; } }",
    "upstream pool { server 127.0.0.1:1; }",
    "map $uri $short { default 1; }",
    "location /wss { proxy_pass http://127.0.0.1:8888; }",
  ])
  func `-t understands a file that starts inside of http, and changes nothing`(
    text: String
  ) throws {
    let prefix = try TemporaryFolder()
    try prefix.write(text, to: "nginx.conf")
    let result = try check("-t", in: prefix)
    let path = "\(prefix.path)/nginx.conf"
    #expect(result.code == 0)
    #expect(
      result.output == """
        apus: the configuration file \(path) syntax is ok
        apus: configuration file \(path) test is successful

        """)
    #expect(try check("-tq", in: prefix).output == "")
    #expect(try FileManager.default.contentsOfDirectory(atPath: prefix.path) == ["nginx.conf"])
  }

  @Test func `-T shows the bytes of every file once`() throws {
    let prefix = try TemporaryFolder()
    let main =
      "events { }\nhttp {\n  include \"sites/*.conf\"; # twice\n  include sites/a.conf;\n}\n"
    try prefix.write(main, to: "nginx.conf")
    let sites = ["a": "map $uri $a { default 1; }", "b": "\tmap $uri $b { default 1; }\r\n"]
    for (name, text) in sites { try prefix.write(text, to: "sites/\(name).conf") }
    let result = try check("-T", "-q", in: prefix)
    #expect(result.code == 0)
    let files = [
      ("nginx.conf", main), ("sites/a.conf", sites["a"] ?? ""), ("sites/b.conf", sites["b"] ?? ""),
    ]
    let expected = files.map { "# configuration file \(prefix.path)/\($0):\n\($1)\n" }.joined()
    #expect(result.output == expected)
  }

  @Test func `-V says which nginx is meant, what is built in, and what is not`() throws {
    let result = try run([Binaries.subject, "-V"])
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(result.code == 0)
    #expect(lines.first == "nginx version: nginx/1.31.3")
    #expect(lines.contains { $0.hasPrefix("apus/") })
    #expect(lines.contains { $0.hasPrefix("built with OpenSSL 1.1.1 (compatible; BoringSSL)") })
    #expect(lines.contains("TLS SNI support enabled"))
    let arguments = try #require(lines.first { $0.hasPrefix("configure arguments: ") })
    #expect(arguments.contains("--with-http_ssl_module"))
    #expect(arguments.contains("--without-http_uwsgi_module"))
    #expect(!arguments.contains("http_dav"))
  }

  @Test func `a start without the folder of its logs tells how to make it`() throws {
    let prefix = try TemporaryFolder()
    try prefix.write("daemon off; events { } http { }", to: "nginx.conf")
    let result = try run([Binaries.subject, "-p", "\(prefix.path)/", "-c", "nginx.conf"])
    #expect(result.code == 1)
    let lines = result.output.split(separator: "\n")
    #expect(
      lines.dropLast().last?.hasPrefix(
        "apus: [emerg] open() \"\(prefix.path)/logs/error.log\" failed (2: No such file") == true)
    #expect(lines.last == "  the folder is not there: mkdir -p \(prefix.path)/logs")
  }

  @Test func `only -t and a start tell what is worth a notice`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off; server { listen 127.0.0.1:\(port); http2 on; return 204; } }

        """)
    let sentence = "apus does not speak HTTP/2"
    #expect(prefix.read("output").contains(sentence))
    #expect(try check("-t", in: prefix).output.contains(sentence))
    for signal in ["reload", "reopen", "quit"] {
      let result = try check("-s", signal, in: prefix)
      #expect(result.code == 0)
      #expect(!result.output.contains(sentence), "\(result.output)")
    }
    #expect(proxy.program.waitForExit(within: 5) == 0)
  }

  @Test func `whoever ends a program does not hear the warnings of its configuration`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let server = "server { listen 127.0.0.1:\(port); server_name a; return 204; }"
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "http { access_log off; \(server) \(server) }\n")
    #expect(try check("-t", in: prefix).output.contains("conflicting server name \"a\""))
    for signal in ["reopen", "quit"] {
      let result = try check("-s", signal, in: prefix)
      #expect(result.code == 0)
      #expect(result.output == "")
    }
    #expect(proxy.program.waitForExit(within: 5) == 0)
  }

  @Test(arguments: ["-h", "-?", "--help"])
  func `who asks for help gets it`(word: String) throws {
    let result = try run([Binaries.subject, word])
    #expect(result.code == 0)
    #expect(result.output.contains("Usage: apus"))
  }

  @Test func `without a configuration the flags that name one are told`() throws {
    let prefix = try TemporaryFolder()
    let result = try run([Binaries.subject, "-p", "\(prefix.path)/", "-e", "stderr"])
    #expect(result.code == 1)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(
      lines.first == "apus: [emerg] open() \"\(prefix.path)/conf/nginx.conf\" failed "
        + "(2: No such file or directory)")
    #expect(
      lines.last == "  name the configuration with -c; a relative path starts at the prefix, which "
        + "-p names: \(prefix.path)/")
  }

  @Test func `what is in a file that is no certificate or key is told`() throws {
    let prefix = try TemporaryFolder()
    try Certificate.make(named: "a", in: prefix)
    try Certificate.make(named: "b", in: prefix)
    try prefix.write("hello", to: "text")
    let cases = [
      ("a.pem", "b.key", "the key is not that of \(prefix.path)/a.pem"),
      ("a.key", "a.pem", "the file holds a private key"),
      ("a.pem", "b.pem", "the file holds a certificate"),
      ("text", "a.key", "the file holds no PEM"),
      (".", "a.key", "this is a folder"), ("none", "a.key", "there is no such file"),
    ]
    for (certificate, key, advice) in cases {
      let text =
        "listen 127.0.0.1:1 ssl; ssl_certificate \(certificate); ssl_certificate_key \(key);"
      try prefix.write("events { } http { server { \(text) } }", to: "nginx.conf")
      let result = try check("-t", in: prefix)
      #expect(result.code == 1)
      #expect(result.output.contains("\n  \(advice)"), "\(result.output)")
    }
  }

  @Test(arguments: [["-x"], ["-s", "halt"], ["-c"], ["word"]])
  func `what makes no sense is refused`(words: [String]) throws {
    #expect(try run([Binaries.subject] + words).code == 1)
  }

  @Test(arguments: ["stop", "quit"])
  func `-s ends a running program`(signal: String) throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: "http { access_log off; server { listen 127.0.0.1:\(port); return 204; } }\n")
    let idle = try Client(port: port)
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(idle.readResponse()?.status == 204)
    let result = try check("-s", signal, in: prefix)
    #expect(result.code == 0)
    #expect(result.output == "")
    #expect(proxy.program.waitForExit(within: 5) == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(prefix.path)/nginx.pid"))
    let second = try check("-s", signal, in: prefix)
    #expect(second.code == 1)
    #expect(second.output.contains("open() \"\(prefix.path)/nginx.pid\" failed"))
  }

  @Test func `-s quit lets a request that runs be answered`() throws {
    let prefix = try TemporaryFolder()
    let port = try FreePorts.take()
    let listener = try RawSocket.listen(on: try FreePorts.take())
    let proxy = try Proxy(
      Binaries.subject, prefix: prefix,
      configuration: """
        http { access_log off; server { listen 127.0.0.1:\(port);
        location / { proxy_pass http://127.0.0.1:\(listener.port); } } }

        """)
    let client = try Client(port: port)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let peer = try #require(listener.accept(within: 5))
    _ = peer.receive(within: 5)
    #expect(try check("-s", "quit", in: prefix).code == 0)
    #expect(proxy.program.waitForExit(within: 0.3) == nil)
    peer.send(Origin.response("late").utf8)
    let response = try #require(client.readResponse())
    #expect(response.text == "late")
    #expect(proxy.program.waitForExit(within: 5) == 0)
  }

  private func check(
    _ flags: String..., in prefix: TemporaryFolder
  ) throws -> (code: CInt, output: String) {
    try run([Binaries.subject] + flags + ["-p", "\(prefix.path)/", "-c", "nginx.conf"])
  }
}
