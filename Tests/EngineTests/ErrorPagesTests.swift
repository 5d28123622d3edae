import Bytes
import Testing

@testable import Engine

@Suite struct ErrorPagesTests {
  @Test(
    arguments: [("/a?b=c", "/a", "b=c"), ("/a", "/a", nil), ("/a?", "/a", ""), ("?x?y", "", "x?y")]
      as [(ByteString, ByteString, ByteString?)])
  func `a target is cut at the first question mark`(
    text: ByteString, path: ByteString, query: ByteString?
  ) {
    #expect(text.splitAtQuestionMark.path == path)
    #expect(text.splitAtQuestionMark.query == query)
  }

  @Test(arguments: [
    ("error_page 404 /page;", "404 page"), ("error_page 404 =200 /page;", "200 page"),
    ("error_page 404 = /page;", "200 page"), ("error_page 404 = @other;", "201 other"),
    ("error_page 403 /page;", "404"), ("error_page 404 @absent;", "404"),
    ("error_page 404 /missing;", "404"),
  ])
  func `an error is answered by its page`(setting: String, expected: String) throws {
    let response = try answer(
      server: """
        \(setting)
        location / { return 404; }
        location = /page { return 200 page; }
        location @other { return 201 other; }
        """)
    #expect(outcome(response).hasPrefix(expected), "\(response)")
  }

  @Test func `an absolute URI becomes a redirect`() throws {
    let server = "error_page 404 =301 http://other/x; location / { return 404; }"
    let response = try answer(server: server)
    #expect(response.hasPrefix("HTTP/1.1 301 "))
    #expect(response.contains("\r\nLocation: http://other/x\r\n"))
  }

  @Test(arguments: [
    (403, "403 Forbidden"), (404, "404 Not Found"), (302, "302 Found"),
    (401, "401 Authorization Required"), (502, "502 Bad Gateway"), (503, "503 Service"),
  ])
  func `the page that the program brings names the status`(status: Int, title: String) throws {
    let location = status == 302 ? " /x" : ""
    let response = try answer(server: "location / { return \(status)\(location); }")
    #expect(response.hasPrefix("HTTP/1.1 \(status) "))
    #expect(response.contains("<center><h1>\(title)"))
  }

  @Test func `old browsers get a page that they do not hide`() throws {
    func answer(_ agent: String) throws -> Int {
      try EngineTests.answer(
        "GET / HTTP/1.1\nHost: h\nUser-Agent: \(agent)", server: "return 404;"
      ).utf8.count
    }
    let plain = try answer("curl/8.0.0.0.0.0.0.0")
    #expect(try answer("Mozilla MSIE 6.0") > plain + 400)
    #expect(try answer("Mozilla Opera MSIE 6") == plain)
  }

  @Test func `444 closes without an answer`() throws {
    #expect(try answer(server: "return 444;") == "")
  }
}
