import Bytes
import Testing

@testable import Engine

@Suite struct EmptyGifTests {
  @Test func `the answer is an image of one pixel`() throws {
    let reply = try answer(server: "location / { empty_gif; }")
    #expect(reply.contains("Content-Type: image/gif\r\nContent-Length: 43"))
    #expect(EmptyGifHandler.image.count == 43)
  }

  @Test func `only GET and HEAD are answered`() throws {
    #expect(
      try answer("PUT / HTTP/1.1\nHost: h", server: "location / { empty_gif; }")
        .hasPrefix("HTTP/1.1 405"))
  }
}
