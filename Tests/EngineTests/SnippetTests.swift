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
    ("map $a $b {} location / {}", "http{map{} location{}}"), ("user a;", "user"),
    ("nonsense;", "nonsense"), ("", ""),
  ])
  func `a file is understood as if it stood where it belongs`(text: String, expected: String) {
    let statements = ConfigurationFiles.read(
      mainFile: "/f", folder: "/", reader: MemoryFile(text: text)
    ).statements
    #expect(shape(Snippet.completed(statements)) == expected)
  }
}
