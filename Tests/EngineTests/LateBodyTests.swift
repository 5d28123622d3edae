import Testing

@testable import Engine

@Suite struct LateBodyTests {
  @Test func `the end comes once, behind everything`() throws {
    let server = """
      default_type text/html;
      location / { ssi on; add_trailer X-End yes;
        return 200 'a<!--#include virtual="/part" -->b<!--#include virtual="/part" -->'; }
      location /part { return 200 '-part-'; }
      """
    let text = try answer(server: server)
    #expect(text.hasSuffix("0\r\nX-End: yes\r\n\r\n"))
    let chunks = text.split(separator: "\r\n\r\n", maxSplits: 1)[1].split(separator: "\r\n")
    let content = stride(from: 1, to: chunks.count - 2, by: 2).map { String(chunks[$0]) }
    #expect(content.joined() == "a-part-b-part-")
  }

  @Test func `a request for the head alone waits for nothing`() throws {
    let server = """
      default_type text/html; ssi on;
      location / { return 200 'a<!--#include virtual="/part" -->'; }
      location /part { return 200 part; }
      """
    let text = try answer("HEAD / HTTP/1.1\nHost: h", server: server)
    #expect(text.hasSuffix("\r\n\r\n") && !text.contains("part"))
  }
}
