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
    let buffer = ByteBuffer(capacity: 64)
    buffer.append("HTTP/1.1 200 OK\r\n")
    buffer.append(ByteString(line))
    buffer.append("\r\n")
    var parser = ResponseHeadParser(into: Fields(buffer: buffer), maximumBytes: 4096)
    let head = try #require(try parser.parse())
    let output = ByteBuffer(capacity: 64)
    output.append(head.fields[0], of: buffer)
    #expect("\(output.allBytes)" == written)
  }
}
