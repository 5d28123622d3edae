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
  var parser = RequestHeadParser(buffer("GET / HTTP/1.1\r\n" + lines + "\r\n"))
  return try parser.parse()?.fields
}
