import Bytes
import Testing

@testable import Wire

@Suite struct ChunkedEncoderTests {
  @Test(arguments: [
    ("", ""), ("a", "1\r\na\r\n"), ("0123456789abcdef", "10\r\n0123456789abcdef\r\n"),
  ])
  func `a chunk is its size, the data and a line end`(data: String, chunk: String) {
    let output = ByteBuffer(capacity: 1)
    ChunkedEncoder.appendChunk(Array(data.utf8).span, to: output)
    #expect(output.allBytes.string == chunk)
  }

  @Test(
    arguments: [
      ([], "0\r\n\r\n"), ([("A", "1"), ("B", ""), ("C", "3")], "0\r\nA: 1\r\nC: 3\r\n\r\n"),
    ] as [([(name: ByteString, value: ByteString)], String)])
  func `the end holds the trailers that have a value`(
    trailers: [(name: ByteString, value: ByteString)], end: String
  ) {
    let output = ByteBuffer(capacity: 1)
    ChunkedEncoder.appendEnd(trailers: trailers, to: output)
    #expect(output.allBytes.string == end)
  }
}
