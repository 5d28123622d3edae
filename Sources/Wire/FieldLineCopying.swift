public import Bytes

/// Copies field lines of a head: name, colon, space, value and CRLF.
///
/// Most lines are written so in their head, too. Those that stand there side by side are copied in
/// one piece.
public struct FieldLineCopying {
  /// What is still to be copied, in the head: from a first index to the one behind the last.
  @usableFromInline var start = 0
  @usableFromInline var end = 0

  /// Nothing is copied yet.
  @inlinable public init() {}

  /// Copies a line, perhaps later; ``finish(from:to:)`` must follow.
  ///
  /// - Parameter head: The buffer that the line's ranges point into.
  @inlinable @inline(__always)
  public mutating func append(_ line: FieldLine, of head: ByteBuffer, to output: ByteBuffer) {
    if line.isPlain, Int(line.name.end) &+ 2 == Int(line.value.start) {
      append(from: Int(line.name.start), to: Int(line.value.end) &+ 2, of: head, to: output)
    } else {
      appendOther(line, of: head, to: output)
    }
  }

  @inlinable @inline(__always)
  mutating func append(
    from start: Int, to end: Int, of head: ByteBuffer, to output: ByteBuffer
  ) {
    if start != self.end {
      finish(from: head, to: output)
      self.start = start
    }
    self.end = end
  }

  /// Copies a line that is not known to stand in the head as it would be written.
  @inline(never) @usableFromInline
  mutating func appendOther(_ line: FieldLine, of head: ByteBuffer, to output: ByteBuffer) {
    if let whole = line.wholeRange(in: head) {
      append(from: whole.lowerBound, to: whole.upperBound, of: head, to: output)
    } else {
      finish(from: head, to: output)
      FieldLineCopying.write(line.name.range, line.value.range, of: head, to: output)
    }
  }

  /// Copies what has not been copied yet.
  @inlinable public mutating func finish(from head: ByteBuffer, to output: ByteBuffer) {
    if end > start { output.append(head, in: start..<end) }
    (start, end) = (0, 0)
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
