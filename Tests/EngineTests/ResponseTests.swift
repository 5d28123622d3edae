import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct ResponseTests {
  @Test func `a field is replaced where its first line stands`() {
    let fields = Fields(buffer: ByteBuffer(capacity: 16))
    fields.append("A", "1")
    fields.append("B", "2")
    fields.append("a", "3")
    fields.replace(FieldName("a"), spelled: "A", with: "4")
    fields.replace(FieldName("c"), spelled: "C", with: "5")
    var lines: [String] = []
    fields.forEach { lines.append("\(fields.name(of: $0))=\(fields.value(of: $0))") }
    #expect(lines == ["A=4", "B=2", "C=5"])
    fields.set(FieldName("b"), spelled: "b", to: "6")
    #expect(fields.values(of: FieldName("b")) == ["6"])
    fields.removeAll()
    #expect(!fields.contains(FieldName("a")))
  }

  @Test func `the head has nginx's order of fields`() throws {
    let response = try answer(server: "default_type text/x; add_header X-A 1; return 200 hello;")
    let head = response.components(before: "\r\n\r\n")
    #expect(head.first == "HTTP/1.1 200 OK")
    #expect(
      head.dropFirst().map { $0.prefix { $0 != ":" } }
        == ["Server", "Date", "Content-Type", "Content-Length", "Connection", "X-A"])
    #expect(head.contains("Content-Length: 5") && head.contains("Connection: close"))
  }

  @Test(arguments: [204, 304])
  func `some responses have no body`(status: Int) throws {
    let response = try answer(server: "return \(status);")
    #expect(response.hasPrefix("HTTP/1.1 \(status) ") && response.hasSuffix("\r\n\r\n"))
  }

  @Test func `the response to HEAD is the head alone`() throws {
    let response = try answer("HEAD / HTTP/1.1\nHost: h", server: "return 200 hello;")
    #expect(response.contains("Content-Length: 5\r\n") && response.hasSuffix("\r\n\r\n"))
  }

  @Test(arguments: [
    ("return 301 /b;", "http://h/b"), ("return 301 https://x/;", "https://x/"),
    ("absolute_redirect off; return 302 /b;", "/b"), ("rewrite ^ /c redirect;", "http://h/c"),
  ])
  func `a redirect is absolute unless that is off`(directives: String, target: String) throws {
    let head = try answer(server: directives).components(before: "\r\n\r\n")
    #expect(head.contains("Location: \(target)"), "\(head)")
  }
}

extension String {
  /// The lines up to the first mark.
  fileprivate func components(before mark: String) -> [Substring] {
    split(separator: mark, maxSplits: 1).first?.split(separator: "\r\n") ?? []
  }
}
