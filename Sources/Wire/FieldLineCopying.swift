public import Bytes

/// Copies field lines of a head: name, colon, space, value and CRLF.
///
/// Most lines are written so in their head, too. Those that stand there side by side are copied in
/// one piece.
public struct FieldLineCopying {
  /// What is still to be copied, in the head.
  @usableFromInline var piece = 0..<0

  /// Nothing is copied yet.
  @inlinable public init() {}

  /// Copies a line, perhaps later; ``finish(from:to:)`` must follow.
  ///
  /// - Parameter head: The buffer that the line's ranges point into.
  @inlinable @inline(__always)
  public mutating func append(_ line: FieldLine, of head: ByteBuffer, to output: ByteBuffer) {
    guard let whole = line.wholeRange(in: head) else {
      finish(from: head, to: output)
      return FieldLineCopying.write(line.name.range, line.value.range, of: head, to: output)
    }
    if whole.lowerBound == piece.upperBound {
      piece = piece.lowerBound..<whole.upperBound
    } else {
      finish(from: head, to: output)
      piece = whole
    }
  }

  /// Copies what has not been copied yet.
  @inlinable public mutating func finish(from head: ByteBuffer, to output: ByteBuffer) {
    if !piece.isEmpty { output.append(head, in: piece) }
    piece = 0..<0
  }

  @usableFromInline static func write(
    _ name: Range<Int>, _ value: Range<Int>, of head: ByteBuffer, to output: ByteBuffer
  ) {
    output.append(head, in: name)
    output.append(": ")
    output.append(head, in: value)
    output.append("\r\n")
  }
}

extension FieldLine {
  /// Where the line stands in its head with all that belongs to it: name, colon, space, value and
  /// CRLF; nil where it is written in another way.
  @inlinable @inline(__always)
  public func wholeRange(in head: ByteBuffer) -> Range<Int>? {
    let isInPlace = Int(name.end) &+ 2 == Int(value.start)
    if isPlain, isInPlace { return Int(name.start)..<Int(value.end) &+ 2 }
    return isInPlace ? wholeRangeRead(in: head) : nil
  }

  @usableFromInline func wholeRangeRead(in head: ByteBuffer) -> Range<Int>? {
    let (name, value) = (name.range, value.range)
    let end = value.upperBound + 2
    guard name.upperBound + 2 == value.lowerBound, end <= head.count,
      head[name.upperBound] == UInt8(ascii: ":"), head[name.upperBound + 1] == ASCII.space,
      head[value.upperBound] == ASCII.carriageReturn, head[end - 1] == ASCII.lineFeed
    else { return nil }
    return name.lowerBound..<end
  }
}
