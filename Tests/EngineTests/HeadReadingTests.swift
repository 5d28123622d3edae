import Testing

@testable import Engine

@Suite struct HeadReadingTests {
  @Test func `a head is read, answered and counted`() throws {
    let text = "'$request_method $uri $connection_requests$pipe'"
    let response = try answer("GET /a HTTP/1.1\nHost: h", server: "return 200 \(text);")
    #expect(outcome(response) == "200 GET /a 1.")
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\nHost: h\nHost: h", "400"), ("GET / HTTP/1.1\nA : b", "400"),
    ("GET / HTTP/3.0\nHost: h", "505"), ("TRACE / HTTP/1.1\nHost: h", "405"),
    ("GET / HTTP/1.1\nHost: h\nX: \(String(repeating: "x", count: 9_000))", "400"),
  ])
  func `a head that is refused is answered with an error page`(head: String, status: String) throws
  {
    let response = try answer(head, server: "return 200;")
    #expect(response.hasPrefix("HTTP/1.1 \(status) "))
  }

  @Test(arguments: ["A : b", "Host: h"])
  func `a head that is refused is counted, too`(line: String) throws {
    let server = """
      error_page 400 /count; location / { return 204; }
      location /count { return 200 $connection_requests; }
      """
    let response = try answer("GET / HTTP/1.1\nHost: h\n\(line)", server: server)
    #expect(outcome(response) == "400 1")
  }
}
