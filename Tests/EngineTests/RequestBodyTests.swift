import Bytes
import Sockets
import Testing

@testable import Engine

@Suite struct RequestBodyTests {
  @Test(arguments: [
    ("Content-Length: 0", true), ("Content-Length: 1", false),
    ("Transfer-Encoding: chunked", false),
    ("X: y", true),
  ])
  func `a request without content is complete at once`(field: String, isComplete: Bool) throws {
    try withExchange("POST / HTTP/1.1\nHost: h\n\(field)", server: "") {
      #expect($0.body.isComplete == isComplete)
    }
  }

  @Test func `chunks are read in pieces of the limit, and the end is seen with the last`() throws {
    try withExchange("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked", server: "") {
      exchange in
      let input = ByteBuffer(capacity: 64)
      input.append(ByteString("5\r\nhello\r\n0\r\n\r\n"))
      exchange.connection.input = input
      let piece = ByteBuffer(capacity: 64)
      _ = try exchange.body.read(into: piece, limit: 3, exchange)
      #expect(piece.allBytes == "hel" && !exchange.body.isComplete)
      _ = try exchange.body.read(into: piece, limit: 3, exchange)
      #expect(piece.allBytes == "hello" && exchange.body.isComplete)
      #expect(exchange.body.receivedByteCount == 5)
    }
  }

  @Test func `framing alone does not end the search for content`() throws {
    try withExchange("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked", server: "") {
      exchange, peer in
      let input = ByteBuffer(capacity: 64)
      input.append(ByteString("5\r\n"))
      exchange.connection.input = input
      let sent = ByteBuffer(capacity: 64)
      sent.append(ByteString("hello"))
      _ = peer.write(sent)
      let piece = ByteBuffer(capacity: 64)
      _ = try exchange.body.read(into: piece, limit: 64, exchange)
      #expect(piece.allBytes == "hello")
    }
  }

  @Test(arguments: [
    ("Content-Length: 5\nExpect: 100-continue", "", false, false),
    ("Content-Length: 5\nExpect: 100-continue", "hello", false, true),
    ("Content-Length: 5", "hel", true, false),
    ("Transfer-Encoding: chunked", "0\r\n\r\n", false, true),
  ])
  func `discarding ends where nothing more comes`(
    fields: String, content: String, fails: Bool, persists: Bool
  ) throws {
    let request = "POST / HTTP/1.1\nHost: h\n" + fields
    try withExchange(request, server: "lingering_timeout 30ms;") { exchange, peer in
      let sent = ByteBuffer(capacity: 64)
      sent.append(ByteString(content))
      _ = peer.write(sent)
      exchange.connection.stream.observer = exchange.waiter
      let loop = exchange.loop
      loop.submit {
        loop.spawn {
          do throws(Failure) {
            try await exchange.body.discard(exchange)
            #expect(!fails)
          } catch {
            #expect(fails)
          }
          loop.stop()
        }
      }
      loop.run()
      #expect(exchange.isPersistent == persists)
    }
  }
}
