import Testing

@testable import Engine

@Suite struct MirrorTests {
  @Test func `a copy changes nothing for the client, and circles end`() throws {
    let server = """
      location / { mirror /copy; try_files /none =204; }
      location /copy { auth_request /copy; return 500; }
      """
    #expect(try answer(server: server).hasPrefix("HTTP/1.1 204"))
  }
}
