import Testing

@testable import Engine

@Suite struct AdditionTests {
  @Test func `other responses stand around a response`() throws {
    let server = """
      default_type text/html;
      location / { add_before_body /before; add_after_body /after; return 200 ' body '; }
      location /before { return 200 before; }
      location /after { return 200 after; }
      """
    #expect(try answer("GET / HTTP/1.0\nHost: h", server: server).hasSuffix("before body after"))
  }
}
