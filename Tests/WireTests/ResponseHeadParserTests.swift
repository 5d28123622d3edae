import Bytes
import Testing

@testable import Wire

@Suite struct ResponseHeadParserTests {
  private func parse(
    _ text: String, _ form: ResponseHeadParser.Form = .http, maximum: Int = 4096
  ) throws -> ResponseHead? {
    let buffer = ByteBuffer(capacity: 16)
    var parser = ResponseHeadParser(form: form, maximumBytes: maximum)
    let fields = Fields(buffer: buffer)
    for byte in text.utf8 {
      buffer.append(byte)
      if let head = try parser.parse(fields) { return head }
    }
    return nil
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nA_b: c\r\n\r\n", 200, "200 OK", 1),
    ("HTTP/1.0 404\r\n\r\n", 404, "404", 0), ("HTTP/1.1 403.1 No\nA: b\n\n", 403, "403.1 No", 1),
    ("HTTP/1.1   301 \r\nHTTP/1.1 200 OK\r\nA\r\n\r\n", 301, "301 ", 1),
  ])
  func `a head is read as leniently as nginx reads it`(
    text: String, status: Int, statusText: String, fieldCount: Int
  ) throws {
    let head = try #require(try parse(text))
    #expect(head.status == status && head.fields.count == fieldCount)
    #expect(head.buffer.bytes(in: head.statusText.range).string == statusText)
    #expect(head.byteCount == text.utf8.count)
  }

  @Test(arguments: [
    "HTP/1.1 200 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 OK\r\n",
    "hello", "HTTP/1.1200 OK\r\n", "HTTP/1.1 200 O\rK\r\n",
  ])
  func `a bad status line is refused`(text: String) {
    #expect(throws: ResponseHeadError.invalidStatusLine) { try parse(text) }
  }

  @Test func `bad fields and big heads are told apart`() {
    #expect(throws: ResponseHeadError.invalidField(ByteRange(start: 17, end: 18))) {
      try parse("HTTP/1.1 200 OK\r\nA : b\r\n\r\n")
    }
    #expect(throws: ResponseHeadError.tooBig) { try parse("HTTP/1.1 200 OK\r\nA: b", maximum: 20) }
  }

  @Test(arguments: [
    ("Status: 404 Not Found\r\nA: b\r\n\r\n", 404, "404 Not Found"), ("A: b\n\n", 200, ""),
    ("Location: /\n\n", 302, ""), ("Status: 201\n\n", 201, ""),
  ])
  func `a CGI response has its status in a field`(
    text: String, status: Int, statusText: String
  ) throws {
    let head = try #require(try parse(text, .cgi))
    #expect(head.status == status)
    #expect(head.buffer.bytes(in: head.statusText.range).string == statusText)
  }

  @Test func `a CGI status must be a number`() {
    #expect(throws: ResponseHeadError.self) { try parse("Status: abc\n\n", .cgi) }
  }
}
