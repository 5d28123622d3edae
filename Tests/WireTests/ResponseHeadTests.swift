import Bytes
import Testing

@testable import Wire

@Suite struct ResponseHeadTests {
  @Test func `the ranges of a head point into its own buffer`() throws {
    var parser = ResponseHeadParser(maximumBytes: 4096)
    let fields = Fields(
      buffer: buffer("HTTP/1.1 404 Not Here\r\nServer: x\r\nAge: 1\r\n\r\nbody"))
    let head = try #require(try parser.parse(fields))
    #expect(head.status == 404 && head.version == .http11)
    #expect(head.buffer.bytes(in: head.statusText.range) == "404 Not Here")
    #expect(head.fields.value(of: .server) == "x")
    #expect(head.buffer.bytes(in: head.byteCount..<head.buffer.count) == "body")
  }

  @Test(arguments: [
    (ResponseHeadError.invalidStatusLine, "upstream sent no valid HTTP/1.0 header"),
    (.invalidField(.empty), "upstream sent invalid header"),
    (.invalidStatusField(.empty), "upstream sent invalid status"),
    (.tooBig, "upstream sent too big header"),
  ])
  func `an error is logged in nginx's words`(error: ResponseHeadError, message: String) {
    #expect("\(error.logMessage)" == message)
  }
}
