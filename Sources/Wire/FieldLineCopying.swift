public import Bytes

extension ByteBuffer {
  /// Appends a field line of a head: name, colon, space, value and CRLF.
  ///
  /// Most lines are written so in their head, too, and are copied in one piece.
  ///
  /// - Parameter head: The buffer that the line's ranges point into.
  public func append(_ line: FieldLine, of head: ByteBuffer) {
    let (name, value) = (line.name.range, line.value.range)
    if name.upperBound + 2 == value.lowerBound, value.upperBound + 2 <= head.count,
      head[name.upperBound] == UInt8(ascii: ":"), head[name.upperBound + 1] == ASCII.space,
      head[value.upperBound] == ASCII.carriageReturn,
      head[value.upperBound + 1] == ASCII.lineFeed
    {
      return append(head, in: name.lowerBound..<value.upperBound + 2)
    }
    append(head, in: name)
    append(": ")
    append(head, in: value)
    append("\r\n")
  }
}
