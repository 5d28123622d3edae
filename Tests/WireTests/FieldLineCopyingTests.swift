import Bytes
import Testing
import Wire

@Suite struct FieldLineCopyingTests {
  @Test(arguments: [
    ("Name: value\r\n", "Name: value\r\n"),
    ("Name: value\n", "Name: value\r\n"),
    ("Name:value\r\n", "Name: value\r\n"),
    ("Name: value \r\n", "Name: value\r\n"),
    ("Name:  two words\r\n", "Name: two words\r\n"),
    ("Empty: \r\n", "Empty: \r\n"),
    ("Empty:\r\n", "Empty: \r\n"),
  ])
  func `a line is written in the usual form however it was received`(
    line: String, written: String
  ) throws {
    #expect(try copy(line) { _ in true } == written)
  }

  @Test func `lines side by side are copied together, others where their turn is`() throws {
    let lines = "A: 1\r\nB: 2\r\nC:3\r\nD: 4\r\nE: 5\r\nF: 6\r\n"
    let written = try copy(lines) { $0 != "E" }
    #expect(written == "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nF: 6\r\n")
  }

  /// The lines of a head that are wanted, copied.
  private func copy(
    _ lines: String, where isWanted: (ByteString) -> Bool
  ) throws -> String {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(ByteString("HTTP/1.1 200 OK\r\n\(lines)\r\n"))
    var parser = ResponseHeadParser(maximumBytes: 4096)
    let head = try #require(try parser.parse(Fields(buffer: buffer)))
    let output = ByteBuffer(capacity: 64)
    var copying = FieldLineCopying()
    head.fields.forEach {
      guard isWanted(head.fields.name(of: $0)) else { return }
      copying.append($0, of: head.buffer, to: output)
    }
    copying.finish(from: head.buffer, to: output)
    return "\(output.allBytes)"
  }
}
