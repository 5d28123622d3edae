import Bytes
import Testing

@testable import Wire

@Suite struct RequestLineTests {
  private func parse(_ text: ByteString) throws -> RequestLine? {
    try RequestLine.parse(text.bytes.span, from: 0)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n", Method.get, "/", "HTTP/1.1", "GET / HTTP/1.1"),
    ("GET  /  HTTP/1.0 \r\n", .get, "/", "HTTP/1.0", "GET  /  HTTP/1.0"),
    ("OPTIONS * HTTP/1.1\r\n", .options, "*", "HTTP/1.1", "OPTIONS * HTTP/1.1"),
    ("CONNECT a:1 HTTP/1.1\r\n", .connect, "a:1", "HTTP/1.1", "CONNECT a:1 HTTP/1.1"),
    ("GET / HTTP/1.1\n", .get, "/", "HTTP/1.1", "GET / HTTP/1.1"),
    ("GET /a?b#c\r\n", .get, "/a?b#c", "", "GET /a?b#c"),
    ("X_Y-Z / HTTP/1.999\r\n", .other, "/", "HTTP/1.999", "X_Y-Z / HTTP/1.999"),
  ])
  func `the parts of the line are found`(
    text: String, method: Method, target: String, protocolName: String, shown: String
  ) throws {
    let bytes = ByteString(text)
    let line = try #require(try parse(bytes))
    #expect(line.method == method)
    #expect(bytes[line.target.range].string == target)
    #expect(bytes[line.protocolName.range].string == protocolName)
    #expect(bytes[line.line.range].string == shown)
    #expect(line.next == bytes.count)
  }

  @Test func `an unfinished line asks for more, wherever it is cut`() throws {
    let text = ByteString("DELETE /a%20b HTTP/1.1\r\n")
    for end in 0..<text.count {
      #expect(try parse(text[0..<end]) == nil, "cut at \(end)")
    }
  }

  @Test(arguments: [
    ("get / HTTP/1.1\r\n", RequestHeadError.invalidMethod),
    ("\0GET / HTTP/1.1\r\n", .invalidMethod), ("\0\0\0\0POST / HTTP/1.1\r\n", .invalidMethod),
    ("GET / HTTP/1.1\r\r", .invalidRequestLine),
    ("GET /\t HTTP/1.1\r\n", .invalidRequestLine),
    ("GET / HTTP/1.1000\r\n", .invalidRequestLine),
    ("GET / HTTP/2.0\r\n", .invalidVersion),
    ("GET / HTTP/10.0\r\n", .invalidVersion),
    ("HEAD /\r\n", .invalidSimpleRequestMethod),
  ])
  func `a bad line has its own error`(text: String, error: RequestHeadError) {
    #expect(throws: error) { try parse(ByteString(text)) }
  }
}
