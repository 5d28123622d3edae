import Bytes
import Testing

@testable import Wire

@Suite struct RequestHeadParserTests {
  private func buffer(_ text: String) -> ByteBuffer {
    let buffer = ByteBuffer(capacity: 16)
    buffer.append(ByteString(text))
    return buffer
  }

  private func parse(
    _ text: String, _ options: RequestHeadParser.Options = .init()
  ) throws -> RequestHead? {
    var parser = RequestHeadParser(options: options)
    return try parser.parse(Fields(buffer: buffer(text)))
  }

  private func summary(_ head: RequestHead) -> String {
    var text = "\(head.buffer.bytes(in: head.methodName.range))"
    text +=
      " \(head.buffer.bytes(in: head.target.range)) \(head.version.major).\(head.version.minor)"
    head.fields.forEach {
      text += "|\(head.fields.name(of: $0))=\(head.fields.value(of: $0))"
    }
    return text
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1|Host=a"),
    ("\r\n\n\r\nGET / HTTP/1.0\r\n\r\n", "GET / 1.0"),
    ("POST  /a?b   HTTP/1.1  \r\nA:  b c \r\nX-Y:\r\n\r\n", "POST /a?b 1.1|A=b c|X-Y="),
    ("GET /\r\n", "GET / 0.9"), ("GET / \r\n", "GET / 0.9"),
    ("M-SEARCH * HTTP/1.2\r\n\r\n", "M-SEARCH * 1.2"),
    ("GET / HTTP/1.1\r\nX_Y: 1\r\nA@: 2\r\nB.C: 3\r\nD: 4\r\n\r\n", "GET / 1.1|D=4"),
    ("GET / HTTP/1.1\r\nfoo\r\nA: \tb\r\n\r\n", "GET / 1.1|foo=|A=\tb"),
    ("GET / HTTP/1.1\nA: b\nC:\n\n", "GET / 1.1|A=b|C="), ("GET /\n", "GET / 0.9"),
    ("GET / HTTP/1.1\r\nA: :x: \u{1}é\r\n\r\n", "GET / 1.1|A=:x: \u{1}é"),
  ])
  func `a head is read as nginx reads it, whole or byte by byte`(
    text: String, expected: String
  ) throws {
    #expect(try parse(text).map(summary) == expected)
    let buffer = ByteBuffer(capacity: 1)
    var parser = RequestHeadParser()
    let fields = Fields(buffer: buffer)
    var heads: [RequestHead] = []
    for byte in text.utf8 {
      buffer.append(byte)
      if let head = try parser.parse(fields) { heads.append(head) }
    }
    #expect(heads.map(summary) == [expected] && heads.first?.byteCount == text.utf8.count)
  }

  @Test(arguments: [1, 512, 20_000])
  func `empty lines before the request line count towards its size`(step: Int) {
    let buffer = ByteBuffer(capacity: 16)
    var parser = RequestHeadParser()
    let fields = Fields(buffer: buffer)
    let error = #expect(throws: RequestHeadError.self) {
      while buffer.count < 20_000 {
        for _ in 0..<step { buffer.append(ASCII.lineFeed) }
        _ = try parser.parse(fields)
      }
    }
    #expect(error?.status == 414)
    #expect(buffer.count <= max(step, 8192))
  }

  @Test(arguments: [
    ("get / HTTP/1.1\r\n", 400), (" GET / HTTP/1.1\r\n", 400), ("GE\tT / HTTP/1.1\r\n", 400),
    ("GET / HTTP/2.0\r\n", 505), ("GET / HTTP/11.1\r\n", 505), ("GET / HTTP/0.9\r\n", 400),
    ("GET / HTTP/1.\r\n", 400), ("GET / HTTP/1\r\n", 400), ("GET / HTTP/1.1 x\r\n", 400),
    ("GET / http/1.1\r\n", 400), ("GET /a b HTTP/1.1\r\n", 400), ("GET \r\n", 400),
    ("GET /\u{7F} HTTP/1.1\r\n", 400), ("GET /\0 HTTP/1.1\r\n", 400), ("POST /\r\n", 400),
    ("GET / HTTP/1.1\rX", 400), ("GET / HTTP/1.1\r\r\n", 400),
  ])
  func `a bad request line is refused`(text: String, status: Int) {
    let error = #expect(throws: RequestHeadError.self) { try parse(text) }
    #expect(error?.status == status)
  }

  @Test(arguments: [
    " folded: x\r\n", "A: b\r\n c\r\n", "A : b\r\n", "A\t: b\r\n", ": b\r\n", "A: b\0c\r\n",
    "A: b\n", "A: b\rc\r\n", "A: b\r\r\n", "A\0: b\r\n", "Content-Length : 5\r\n", "A: b\r\n\n",
    "Transfer-Encoding\u{7F}: chunked\r\n", "\r\r\n",
  ])
  func `fields that others may read otherwise are refused`(fields: String) {
    let error = #expect(throws: RequestHeadError.self) {
      try parse("GET / HTTP/1.1\r\n" + fields + "\r\n")
    }
    #expect(error?.status == 400)
  }

  @Test(arguments: ["A: b\r\n\n", "A: b\n\r\n", "A: b\r\n\r\n"])
  func `a head that begins with a bare LF may go on with either`(fields: String) throws {
    #expect(try parse("GET / HTTP/1.1\n" + fields).map(summary) == "GET / 1.1|A=b")
  }

  @Test(arguments: ["A: b\rc\n\n", "A: b\r\r\n\n", "\r\r\n"])
  func `a bare CR is refused there too`(fields: String) {
    let error = #expect(throws: RequestHeadError.self) { try parse("GET / HTTP/1.1\n" + fields) }
    #expect(error?.status == 400)
  }

  @Test func `options let more names through`() throws {
    var options = RequestHeadParser.Options()
    options.allowsUnderscores = true
    let text = "GET / HTTP/1.1\r\nX_Y: 1\r\nA@: 2\r\n\r\n"
    #expect(try parse(text, options).map(summary) == "GET / 1.1|X_Y=1")
    options.ignoresInvalid = false
    #expect(try parse(text, options).map(summary) == "GET / 1.1|X_Y=1|A@=2")
  }

  @Test func `limits hold for whole and for unfinished lines`() {
    var options = RequestHeadParser.Options()
    options.maximumRequestLineBytes = 20
    options.maximumFieldLineBytes = 10
    options.maximumFields = 2
    let long = "GET /" + String(repeating: "a", count: 30)
    #expect(throws: RequestHeadError.requestLineTooLong) { try parse(long, options) }
    #expect(throws: RequestHeadError.requestLineTooLong) {
      try parse(long + " HTTP/1.1\r\n", options)
    }
    let line = "GET / HTTP/1.1\r\n"
    #expect(throws: RequestHeadError.fieldTooLarge) { try parse(line + "A: 123456789", options) }
    #expect(throws: RequestHeadError.fieldTooLarge) {
      try parse(line + "A: 123456789\r\n", options)
    }
    #expect(throws: RequestHeadError.tooManyFields) {
      try parse(line + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", options)
    }
    #expect(throws: Never.self) { try parse(line + "A: 1\r\nB: 2\r\n\r\n", options) }
  }

  @Test func `fields are found by name and by spelling`() throws {
    let text =
      "GET / HTTP/1.1\r\nHOST: h\r\nX-Real-IP: 1\r\nx-real-ip: 2\r\nCookie: a=1; B = 2\r\n\r\n"
    let fields = try #require(try parse(text)).fields
    #expect(fields.value(of: .host) == "h")
    #expect(fields.values(of: .xRealIP) == ["1", "2"])
    #expect(joinedValues(fields, "x_real_ip") == "1, 2")
    #expect(fields.cookie("b") == "2")
    #expect(fields.cookie("c") == nil)
    fields.remove(.xRealIP)
    #expect(!fields.contains(.xRealIP) && fields.count(of: .host) == 1)
  }
}
