import Testing

@testable import Engine

@Suite struct AuthRequestTests {
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
}
