import Bytes
import Testing

@testable import Wire

@Suite struct ChunkedDecoderTests {
  private func decode(_ text: String, pieces: Int) throws -> (data: String, isEnd: Bool, rest: Int)
  {
    var decoder = ChunkedDecoder()
    let input = ByteBuffer(capacity: 8)
    let output = ByteBuffer(capacity: 8)
    var isEnd = false
    for byte in Array(text.utf8) {
      input.append(byte)
      if input.count >= pieces { isEnd = try decoder.decode(input, into: output) }
    }
    isEnd = try decoder.decode(input, into: output)
    return (output.allBytes.string, isEnd, input.count)
  }

  @Test(arguments: [
    ("5\r\nhello\r\n0\r\n\r\n", "hello", true, 0), ("0\r\n\r\nGET", "", true, 3),
    ("A;x=y\r\n0123456789\r\n00\r\nT: v\r\nU: w\r\n\r\n", "0123456789", true, 0),
    ("1\r\na\r\n2 \r\nbc\r\n", "abc", false, 0), ("5\r\nhel", "hel", false, 0),
  ])
  func `chunks are taken apart in pieces of any size`(
    text: String, data: String, isEnd: Bool, rest: Int
  ) throws {
    for pieces in [1, 2, 3, 7, 1000] {
      let result = try decode(text, pieces: pieces)
      #expect(result.data == data && result.isEnd == isEnd && result.rest == rest)
    }
  }

  @Test(arguments: [
    "\r\n", "x\r\n", "-1\r\n", "0x5\r\n", "5\nhello", "5\r\r\nhello", "5\r\nhelloX\r\n",
    "5\r\nhello\n0\r\n\r\n", "5;a\nhello", " 5\r\n", "5_\r\n", "10000000000000000\r\n",
    "0\r\n\n", "0\r\nA: b\n\r\n", "0\r\nA: b\rc\r\n\r\n", "0\n\r\n",
  ])
  func `what others may read otherwise is refused`(text: String) {
    for pieces in [1, 1000] {
      #expect(throws: ChunkedError.self) { try decode(text, pieces: pieces) }
    }
  }

  @Test func `extensions and trailers are limited`() {
    let long = String(repeating: "a", count: 40_000)
    #expect(throws: ChunkedError.extensionTooLong) { try decode("1;" + long, pieces: 1000) }
    #expect(throws: ChunkedError.trailerTooLong) { try decode("0\r\nA: " + long, pieces: 1000) }
  }

  @Test func `what the encoder writes is decoded`() throws {
    let buffer = ByteBuffer(capacity: 8)
    ChunkedEncoder.appendChunk(Array("hello world, hello".utf8).span, to: buffer)
    ChunkedEncoder.appendEnd(to: buffer)
    #expect(buffer.allBytes == "12\r\nhello world, hello\r\n0\r\n\r\n")
    #expect(try decode(buffer.allBytes.string, pieces: 1).data == "hello world, hello")
  }

  @Test func `a limit holds data back, but not the framing behind it`() throws {
    var decoder = ChunkedDecoder()
    let input = ByteBuffer(capacity: 64)
    input.append(ByteString("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nGET"))
    let output = ByteBuffer(capacity: 64)
    #expect(try !decoder.decode(input, into: output, limit: 3))
    #expect(output.allBytes == "hel" && input.count == 18)
    #expect(try decoder.decode(input, into: output, limit: 3))
    #expect(output.allBytes == "hello!" && input.allBytes == "GET")
  }
}
