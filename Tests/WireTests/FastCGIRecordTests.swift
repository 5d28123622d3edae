import Bytes
import Testing

@testable import Wire

@Suite struct FastCGIRecordTests {
  @Test func `a request starts with its role and flags`() {
    let buffer = ByteBuffer(capacity: 8)
    FastCGIRecord.appendBeginRequest(keepsConnection: true, to: buffer)
    #expect(buffer.allBytes.bytes == [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
  }

  @Test func `long values have lengths of four bytes`() {
    let buffer = ByteBuffer(capacity: 8)
    let value = ByteString([UInt8](repeating: 0x61, count: 300))
    FastCGIRecord.appendPair("N", value, to: buffer)
    #expect(buffer.bytes(in: 0..<6).bytes == [1, 0x80, 0, 1, 44, 0x4E])
  }

  @Test(arguments: [0, 1, 127, 128, 300])
  func `a pair whose value is appended in its place is like any other`(count: Int) {
    let value = ByteString([UInt8](repeating: 0x61, count: count))
    let (buffer, expected) = (ByteBuffer(capacity: 8), ByteBuffer(capacity: 8))
    for name: ByteString in ["N", ByteString([UInt8](repeating: 0x4E, count: 200))] {
      FastCGIRecord.appendPair(name, value, to: expected)
      FastCGIRecord.beginPair(name, in: buffer)
      let valueStart = buffer.count
      buffer.append(value)
      FastCGIRecord.endPair(nameCount: name.count, valueStart: valueStart, in: buffer)
    }
    #expect(buffer.allBytes == expected.allBytes)
  }

  @Test(arguments: [1, 8, 300, FastCGIRecord.maximumContentBytes])
  func `a record whose content is appended in its place is like any other`(count: Int) {
    let content = [UInt8](repeating: 0x61, count: count)
    let (buffer, expected) = (ByteBuffer(capacity: 8), ByteBuffer(capacity: 8))
    let padding = FastCGIRecord.padding(after: count)
    FastCGIRecord.appendHeader(.parameters, contentCount: count, padding: padding, to: expected)
    expected.append(ByteString(content + [UInt8](repeating: 0, count: padding)))
    let start = FastCGIRecord.beginRecord(.parameters, in: buffer)
    buffer.append(ByteString(content))
    FastCGIRecord.endRecord(contentStart: start, in: buffer)
    #expect(buffer.allBytes == expected.allBytes)
  }

  @Test func `a record without content is left out`() {
    let buffer = ByteBuffer(capacity: 8)
    FastCGIRecord.endRecord(
      contentStart: FastCGIRecord.beginRecord(.parameters, in: buffer), in: buffer)
    #expect(buffer.isEmpty)
  }

  @Test func `a stream is cut into records and padded`() {
    let buffer = ByteBuffer(capacity: 8)
    FastCGIRecord.append(.standardInput, [UInt8](repeating: 7, count: 70_001).span, to: buffer)
    #expect(buffer.count == 70_001 + 2 * 8 + 7)
    #expect(buffer.bytes(in: 0..<8).bytes == [1, 5, 0, 1, 0xFF, 0xF8, 0, 0])
  }

  @Test(arguments: [1, 3, 8, 1000])
  func `responses are read in pieces of any size`(pieceCount: Int) throws {
    let input = ByteBuffer(capacity: 8)
    FastCGIRecord.append(.standardError, Array("oops".utf8).span, to: input)
    FastCGIRecord.append(.standardOutput, Array("hello".utf8).span, to: input)
    FastCGIRecord.appendEnd(of: .standardOutput, to: input)
    FastCGIRecord.appendHeader(.endRequest, contentCount: 8, padding: 0, to: input)
    for byte: UInt8 in [0, 0, 0, 9, 0, 0, 0, 0] { input.append(byte) }
    var decoder = FastCGIDecoder()
    var output: [FastCGIDecoder.Stream: String] = [:]
    var ends = 0
    while !input.isEmpty {
      let piece = input.bytes(in: 0..<min(pieceCount, input.count))
      let step = try decoder.step(piece.bytes.span)
      let content = piece[step.framing..<(step.framing + step.content)]
      output[step.stream, default: ""] += content.string
      ends += step.isEndOfStream ? 1 : 0
      input.consume(step.framing + step.content)
    }
    #expect(output[.standardOutput] == "hello" && output[.standardError] == "oops" && ends == 1)
    #expect(decoder.ending == .init(applicationStatus: 9, protocolStatus: 0))
  }

  @Test(
    arguments: [
      ([2, 6, 0, 1, 0, 0, 0, 0], FastCGIError.unsupportedVersion(2)),
      ([1, 6, 0, 2, 0, 0, 0, 0], .unexpectedRequestID),
      ([1, 9, 0, 1, 0, 0, 0, 0], .unexpectedRecord(9)),
      ([1, 3, 0, 1, 0, 7, 0, 0], .shortEndRequest),
    ] as [([UInt8], FastCGIError)])
  func `bad records are refused`(bytes: [UInt8], error: FastCGIError) {
    var decoder = FastCGIDecoder()
    #expect(throws: error) { try decoder.step(bytes.span) }
  }
}
