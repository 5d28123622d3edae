import Bytes
import Testing
import Wire

@testable import Engine

@Suite struct SliceTests {
  @Test(arguments: [
    ("", "bytes=0-9"), ("Range: bytes=0-", "bytes=0-9"), ("Range: bytes=25-30", "bytes=20-29"),
    ("Range: bytes=-5", "bytes=0-9"), ("Range: bytes=25-26,28-29", "bytes=0-9"),
    ("Range: bytes=25-30\nIf-Range: x", "bytes=0-9"), ("Range: lines=25-30", "bytes=0-9"),
    ("Range: bytes=99999999999999999999-", "bytes=0-9"),
  ])
  func `the first slice is the one in which the range begins`(fields: String, range: String) throws
  {
    let request = "GET / HTTP/1.1\nHost: h" + (fields.isEmpty ? "" : "\n" + fields)
    let text = try answer(request, server: "slice 10; location / { return 200 '$slice_range'; }")
    #expect(text.hasSuffix(range))
  }

  @Test func `a location without slices has no range`() throws {
    #expect(try answer(server: "location / { return 200 'x$slice_range'; }").hasSuffix("x"))
  }

  @Test func `slices must fit together`() throws {
    try withExchange(server: "slice 10;") { exchange in
      let context = try #require(SliceContext.of(exchange))
      let response = exchange.response
      func problem(_ range: ByteString, tag: ByteString) throws -> String? {
        response.fields.removeAll()
        response.fields.append("ETag", tag)
        return context.accept(response, try #require(ContentRange(range)))
      }
      #expect(try problem("bytes 0-9/15", tag: "\"a\"") == nil)
      context.start = 10
      #expect(try problem("bytes 10-14/15", tag: "\"b\"") == "etag mismatch in slice response")
      #expect(try problem("bytes 10-14/*", tag: "\"a\"") != nil)
      #expect(try problem("bytes 11-14/15", tag: "\"a\"") != nil)
      #expect(try problem("bytes 10-13/15", tag: "\"a\"") != nil)
      #expect(try problem("bytes 10-14/15", tag: "\"a\"") == nil)
    }
  }
}
