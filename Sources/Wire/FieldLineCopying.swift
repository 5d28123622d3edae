public import Bytes

/// Copies field lines of a head: name, colon, space, value and CRLF.
///
/// Most lines are written so in their head, too. Those that stand there side by side are copied in
/// one piece.
public struct FieldLineCopying {
  /// What is still to be copied, in the head.
  private var piece = 0..<0

  /// Nothing is copied yet.
  @inlinable public init() {}

  /// Copies a line, perhaps later; ``finish(from:to:)`` must follow.
  ///
  /// - Parameter head: The buffer that the line's ranges point into.
  public mutating func append(_ line: FieldLine, of head: ByteBuffer, to output: ByteBuffer) {
    let (name, value) = (line.name.range, line.value.range)
    let end = value.upperBound + 2
    guard name.upperBound + 2 == value.lowerBound, end <= head.count,
      head[name.upperBound] == UInt8(ascii: ":"), head[name.upperBound + 1] == ASCII.space,
      head[value.upperBound] == ASCII.carriageReturn, head[end - 1] == ASCII.lineFeed
    else {
      finish(from: head, to: output)
      return FieldLineCopying.write(name, value, of: head, to: output)
    }
    if name.lowerBound == piece.upperBound {
      piece = piece.lowerBound..<end
    } else {
      finish(from: head, to: output)
      piece = name.lowerBound..<end
    }
  }

  /// Copies what has not been copied yet.
  public mutating func finish(from head: ByteBuffer, to output: ByteBuffer) {
    if !piece.isEmpty { output.append(head, in: piece) }
    piece = 0..<0
  }

  private static func write(
    _ name: Range<Int>, _ value: Range<Int>, of head: ByteBuffer, to output: ByteBuffer
  ) {
    output.append(head, in: name)
    output.append(": ")
    output.append(head, in: value)
    output.append("\r\n")
  }
}
