import Bytes

@testable import Wire

/// A buffer with a text.
func buffer(_ text: String) -> ByteBuffer {
  let buffer = ByteBuffer(capacity: 16)
  buffer.append(ByteString(text))
  return buffer
}

/// The fields of a request with some field lines, each ending in CRLF.
func fields(_ lines: String) throws -> Fields? {
  var parser = RequestHeadParser()
  let fields = Fields(buffer: buffer("GET / HTTP/1.1\r\n" + lines + "\r\n"))
  return try parser.parse(fields)?.fields
}

/// The joined values of the lines that a variable's name spells; nil where there are none.
func joinedValues(_ fields: Fields, _ spelling: ByteString) -> ByteString? {
  let output = ByteBuffer(capacity: 64)
  let isFound = fields.appendJoinedValues(
    ofVariable: spelling, hash: FieldName.hash(of: spelling), separator: ", ", to: output)
  return isFound ? output.allBytes : nil
}
