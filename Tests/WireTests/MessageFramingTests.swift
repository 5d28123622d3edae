import Bytes
import Testing

@testable import Wire

@Suite struct MessageFramingTests {
  private func fields(_ text: String) throws -> Fields {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(ByteString("GET / HTTP/1.1\r\n\(text)\r\n"))
    var parser = RequestHeadParser()
    return try #require(try parser.parse(Fields(buffer: buffer))).fields
  }

  @Test(arguments: [
    ("", MessageFraming.none), ("Content-Length: 0\r\n", .length(0)),
    ("content-length: 0042\r\n", .length(42)), ("Transfer-Encoding: Chunked\r\n", .chunked),
  ])
  func `a request is framed`(text: String, framing: MessageFraming) throws {
    #expect(try MessageFraming.ofRequest(try fields(text), version: .http11) == framing)
  }

  @Test(arguments: [
    ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Content-Length: 5\r\nContent-Length: 5\r\n", 400), ("Content-Length: 5, 5\r\n", 400),
    ("Content-Length: +5\r\n", 400), ("Content-Length: -1\r\n", 400), ("Content-Length:\r\n", 400),
    ("Content-Length: 0x5\r\n", 400), ("Content-Length: 9223372036854775808\r\n", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
    ("Transfer-Encoding: gzip, chunked\r\n", 501), ("Transfer-Encoding: xchunked\r\n", 501),
    ("Transfer-Encoding: identity\r\n", 501), ("Transfer-Encoding:\tchunked\r\n", 501),
    ("Transfer-Encoding:\r\n", 501),
  ])
  func `a doubtful request is refused`(text: String, status: Int) throws {
    let fields = try fields(text)
    let error = #expect(throws: FramingError.self) {
      try MessageFraming.ofRequest(fields, version: .http11)
    }
    #expect(error?.status == status)
  }

  @Test func `HTTP/1.0 has no transfer codings`() throws {
    let fields = try fields("Transfer-Encoding: chunked\r\n")
    #expect(throws: FramingError.transferEncodingInHTTP10) {
      try MessageFraming.ofRequest(fields, version: .http10)
    }
  }

  @Test(arguments: [
    ("", 200, Wire.Method.get, MessageFraming.untilClose),
    ("Content-Length: 7\r\n", 200, .get, .length(7)),
    ("Content-Length: 7\r\n", 200, .head, .none), ("Content-Length: 7\r\n", 304, .get, .none),
    ("", 204, .get, .none), ("", 101, .get, .none),
    ("Transfer-Encoding: chunked\r\n", 200, .post, .chunked),
  ])
  func `a response is framed`(
    text: String, status: Int, method: Wire.Method, framing: MessageFraming
  ) throws {
    let fields = try fields(text)
    #expect(try MessageFraming.ofResponse(fields, status: status, to: method) == framing)
  }
}
