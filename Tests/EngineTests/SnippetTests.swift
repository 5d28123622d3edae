import Bytes
import Config
import Testing

@testable import Engine

@Suite struct SnippetTests {
  private func shape(_ statements: [Statement]) -> String {
    statements.map { statement in
      statement.name.text.string + (statement.block.map { "{\(shape($0))}" } ?? "")
    }
    .joined(separator: " ")
  }

  @Test(arguments: [
    ("events {} http { server {} }", "events{} http{server{}}"),
    ("server { listen 80; }", "http{server{listen}}"),
    ("upstream u { server a; } server {}", "http{upstream{server} server{}}"),
    ("location / {}", "http{server{location{}}}"),
    ("proxy_pass http://a;", "http{server{proxy_pass}}"),
    ("user a; location / {} listen 80;", "user http{server{location{} listen}}"),
    ("map $a $b {} location / {}", "http{map{} server{location{}}}"),
    ("location / {} map $a $b {}", "http{server{location{}} map{}}"),
    ("root a; map $a $b {} location / {} listen 80;", "http{server{root location{} listen} map{}}"),
    ("gzip on; map $a $b {}", "http{gzip map{}}"), ("gzip on;", "http{server{gzip}}"),
    ("events {} server {}", "events{} http{server{}}"),
    (
      "worker_processes 2; events {} upstream u { server a; } server {}",
      "worker_processes events{} http{upstream{server} server{}}"
    ),
    ("events {} location / {}", "events{} http{server{location{}}}"),
    ("limit_req_zone a; geo $a {} location / {}", "http{limit_req_zone geo{} server{location{}}}"),
    ("server {} location / {} root a;", "http{server{} location{} root}"),
    ("http {} server {} location / {}", "http{} server{} location{}"),
    ("user a;", "user"), ("events {}", "events{}"), ("events {} nonsense;", "events{} nonsense"),
    ("nonsense;", "nonsense"), ("", ""),
  ])
  func `a file is understood as if it stood where it belongs`(text: String, expected: String) {
    let statements = ConfigurationFiles.read(
      mainFile: "/f", folder: "/", reader: MemoryFile(text: text)
    ).statements
    #expect(shape(Snippet.completed(statements)) == expected)
  }

  @Test(arguments: ["map", "location"])
  func `the usual pair for WebSockets is a whole configuration`(first: String) {
    let map = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
    let location = """
      location /wss {
        proxy_pass http://127.0.0.1:8888;
        proxy_set_header Connection $connection_upgrade;
      }

      """
    let result = load(file: first == "map" ? map + location : location + map)
    #expect(result.diagnostics.isEmpty)
    #expect(result.site?.listeners.count == 1)
  }
}
