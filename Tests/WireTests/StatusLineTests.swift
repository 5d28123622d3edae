import Bytes
import Testing

@testable import Wire

@Suite struct StatusLineTests {
  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\n", 200, "200 OK", 1, 1),
    ("HTTP/1.0 404 Not Found\n", 404, "404 Not Found", 1, 0),
    ("HTTP/1.1   204\r\n", 204, "204", 1, 1),
    ("HTTP/1.1 403.1 Forbidden\r\n", 403, "403.1 Forbidden", 1, 1),
    ("HTTP/1.1 999 \r\n", 999, "999 ", 1, 1),
    ("HTTP/2.0 200 OK\r\n", 200, "200 OK", 2, 0),
    ("HTTP/1.300 200 OK\r\n", 200, "200 OK", 1, 255),
  ])
  func `a status line is read as leniently as nginx reads it`(
    text: String, status: Int, shown: String, major: UInt8, minor: UInt8
  ) throws {
    let bytes = ByteString(text)
    let line = try #require(try StatusLine.parse(bytes.bytes.span, from: 0))
    #expect(line.status == status)
    #expect(bytes[line.text.range].string == shown)
    #expect(line.version == ProtocolVersion(major: major, minor: minor))
    #expect(line.next == bytes.count)
  }

  @Test func `an unfinished line asks for more, wherever it is cut`() throws {
    let text = ByteString("HTTP/1.1 502 Bad Gateway\r\n").bytes
    for end in 0..<text.count {
      #expect(try StatusLine.parse(text[..<end].span, from: 0) == nil, "cut at \(end)")
    }
  }

  @Test(arguments: [
    "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 2a0 OK\r\n", "HTTP/0.9 200 OK\r\n",
    "HTTP/1 200 OK\r\n", "HTTP/1.1200 OK\r\n", "http/1.1 200 OK\r\n", "HTTP/1000.1 200 OK\r\n",
    "HTTP/1.1\t200 OK\r\n", "HTTP/1.1 200 O\rK\r\n", "ICY 200 OK\r\n", "HTTP/.1 200 OK\r\n",
  ])
  func `what is no status line is refused`(text: String) {
    #expect(throws: ResponseHeadError.invalidStatusLine) {
      _ = try StatusLine.parse(ByteString(text).bytes.span, from: 0)
    }
  }
}
