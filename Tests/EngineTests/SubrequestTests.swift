import Bytes
import Testing

@testable import Engine

@Suite struct SubrequestTests {
  @Test(arguments: [
    ("return 204;", "200 in []"), ("return 401;", "401"), ("return 403;", "403"),
    ("return 404;", "500"),
  ])
  func `a request of its own decides about access`(answer text: String, expected: String) throws {
    let server = """
      location / { auth_request /ask; auth_request_set $who $status; try_files /none @in; }
      location @in { return 200 'in []'; }
      location /ask { \(text) }
      """
    let reply = try answer(server: server)
    #expect(outcome(reply).hasPrefix(expected))
  }

  @Test func `other responses stand around a response`() throws {
    let server = """
      default_type text/html;
      location / { add_before_body /before; add_after_body /after; return 200 ' body '; }
      location /before { return 200 before; }
      location /after { return 200 after; }
      """
    #expect(try answer("GET / HTTP/1.0\nHost: h", server: server).hasSuffix("before body after"))
  }

  @Test func `a copy changes nothing for the client, and circles end`() throws {
    let server = """
      location / { mirror /copy; try_files /none =204; }
      location /copy { auth_request /copy; return 500; }
      """
    #expect(try answer(server: server).hasPrefix("HTTP/1.1 204"))
  }
}
