import Bytes
import Testing

@testable import Wire

@Suite struct FastCGIDecoderTests {
  /// A header, with the content and padding behind it.
  private func record(_ kind: UInt8, _ content: [UInt8], padding: UInt8 = 0) -> [UInt8] {
    [1, kind, 0, 1, 0, UInt8(content.count), padding, 0] + content
      + [UInt8](repeating: 0, count: Int(padding))
  }

  @Test func `padding is passed over with the framing of what follows`() throws {
    var decoder = FastCGIDecoder()
    let bytes = record(6, [65, 66], padding: 6) + record(7, [67])
    let first = try decoder.step(bytes.span)
    #expect(first == .init(framing: 8, content: 2, stream: .standardOutput, isEndOfStream: false))
    #expect(!decoder.isBetweenRecords)
    let rest = Array(bytes[10...])
    let second = try decoder.step(rest.span)
    #expect(second == .init(framing: 14, content: 1, stream: .standardError, isEndOfStream: false))
    #expect(decoder.isBetweenRecords)
  }

  @Test func `content may come in pieces`() throws {
    var decoder = FastCGIDecoder()
    let bytes = record(6, [65, 66, 67])
    #expect(try decoder.step(bytes[..<9].span).content == 1)
    #expect(try decoder.step(bytes[9...].span).content == 2)
  }

  @Test func `an empty record ends its stream`() throws {
    var decoder = FastCGIDecoder()
    let end = try decoder.step(record(6, []).span)
    #expect(end == .init(framing: 8, content: 0, stream: .standardOutput, isEndOfStream: true))
    #expect(decoder.ending == nil)
  }

  @Test func `the ending has the status of the application, and longer ones are understood`() throws
  {
    var decoder = FastCGIDecoder()
    let bytes = record(3, [0, 0, 1, 2, 3, 9, 9, 9, 0xEE], padding: 7)
    #expect(try decoder.step(bytes.span).framing == bytes.count)
    #expect(decoder.ending == .init(applicationStatus: 258, protocolStatus: 3))
    #expect(decoder.isBetweenRecords)
  }
}
