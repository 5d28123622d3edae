public import Bytes

/// Why content in chunks could not be delimited (RFC 9112, section 7.1).
public enum ChunkedError: Error, Equatable {
  case invalidChunkSize
  case chunkSizeTooLarge

  /// Something else than CRLF where a line or a chunk must end.
  case invalidLineEnd
  case extensionTooLong
  case trailerTooLong
}

/// Takes the chunked transfer coding off, in pieces of any size and without copying.
///
/// Each step looks at the bytes that are there and says how many of them are framing, to be
/// dropped, and how many after those are data. The caller moves the data wherever it wants:
///
///     let step = try buffer.withSpan { try decoder.step($0) }
///     buffer.consume(step.framing)
///     // … move `step.data` bytes …
///
/// Chunk extensions and trailer fields are dropped (RFC 9112, sections 7.1.1 and 7.1.2). Bare CR,
/// bare LF and anything unexpected after a size are refused: a peer that reads them otherwise would
/// see the next message begin somewhere else (section 11.2, request smuggling).
public struct ChunkedDecoder: Sendable {
  /// What the bytes at the front of the input are.
  public struct Step: Equatable, Sendable {
    /// The number of bytes of framing.
    public let framing: Int

    /// The number of bytes of data that follow them.
    public let data: Int

    /// Whether the content ends after those; what follows belongs to the next message.
    public let isEnd: Bool
  }

  /// The most bytes of one chunk's size and extensions.
  public static let maximumSizeLineBytes = 4096

  /// The most bytes of all trailer fields.
  public static let maximumTrailerBytes = 32 * 1024

  private enum State: Sendable {
    case sizeStart, size, chunkExtension, sizeLineFeed
    case data, dataReturn, dataLineFeed
    case trailerStart, trailerField, trailerFieldLineFeed, lastLineFeed
    case end
  }

  private var state = State.sizeStart

  /// The size that is being read, later the number of bytes that are left of the chunk.
  private var size = 0

  /// The number of bytes of the current size line or of the trailer section.
  private var lineBytes = 0

  /// A decoder before the first chunk.
  public init() {}

  /// Whether the last chunk and the trailer section have been read.
  public var isAtEnd: Bool { state == .end }

  /// The number of bytes of the current chunk that have not been reported yet; 0 between chunks.
  public var remainingInChunk: Int { state == .data ? size : 0 }

  /// Reads on, up to the end of the next run of data.
  ///
  /// - Parameters:
  ///   - input: The bytes that no earlier step has reported.
  ///   - limit: The most bytes of data to report.
  /// - Returns: Everything is 0 where the input is empty; more bytes are needed whenever the step
  ///   covers the input without being the end.
  public mutating func step(
    _ input: Span<UInt8>, limit: Int = .max
  ) throws(ChunkedError) -> Step {
    var index = 0
    while index < input.count && state != .data && state != .end {
      try advance(over: input[index])
      index &+= 1
    }
    guard state == .data else { return Step(framing: index, data: 0, isEnd: state == .end) }
    let data = min(size, input.count - index, limit)
    size -= data
    if size == 0 { state = .dataReturn }
    return Step(framing: index, data: data, isEnd: false)
  }

  /// Moves the data of a buffer to the end of another; framing and data are consumed.
  ///
  /// - Parameter limit: The most bytes of data to move; framing behind them is consumed all the
  ///   same, so that the end is seen.
  /// - Returns: Whether the content has ended; bytes of the next message stay in the input.
  public mutating func decode(
    _ input: ByteBuffer, into output: ByteBuffer, limit: Int = .max
  ) throws(ChunkedError) -> Bool {
    var room = limit
    while !input.isEmpty && state != .end {
      let step = try input.withSpan { (bytes) throws(ChunkedError) in
        try self.step(bytes, limit: room)
      }
      output.append(input, in: step.framing..<(step.framing + step.data))
      input.consume(step.framing + step.data)
      room -= step.data
      if step.framing == 0, step.data == 0 { break }
    }
    return state == .end
  }

  private mutating func advance(over byte: UInt8) throws(ChunkedError) {
    switch state {
    case .sizeStart:
      guard let digit = ASCII.hexValue(byte) else { throw .invalidChunkSize }
      size = Int(digit)
      lineBytes = 1
      state = .size
    case .size: try advanceInSize(over: byte)
    case .chunkExtension:
      try count(upTo: Self.maximumSizeLineBytes, or: .extensionTooLong)
      try advanceInLine(over: byte, lineFeed: .sizeLineFeed)
    case .sizeLineFeed:
      lineBytes = 0
      try expect(ASCII.lineFeed, byte, then: size == 0 ? .trailerStart : .data)
    case .dataReturn: try expect(ASCII.carriageReturn, byte, then: .dataLineFeed)
    case .dataLineFeed: try expect(ASCII.lineFeed, byte, then: .sizeStart)
    case .trailerStart, .trailerField:
      try count(upTo: Self.maximumTrailerBytes, or: .trailerTooLong)
      let isStart = state == .trailerStart
      state = .trailerField
      try advanceInLine(over: byte, lineFeed: isStart ? .lastLineFeed : .trailerFieldLineFeed)
    case .trailerFieldLineFeed: try expect(ASCII.lineFeed, byte, then: .trailerStart)
    case .lastLineFeed: try expect(ASCII.lineFeed, byte, then: .end)
    case .data, .end: preconditionFailure("data and the end are no framing")
    }
  }

  private mutating func advanceInSize(over byte: UInt8) throws(ChunkedError) {
    try count(upTo: Self.maximumSizeLineBytes, or: .extensionTooLong)
    if let digit = ASCII.hexValue(byte) {
      guard size >> 58 == 0 else { throw .chunkSizeTooLarge }
      size = size << 4 | Int(digit)
      return
    }
    // nginx: also a space or a tab may follow the size.
    switch byte {
    case ASCII.carriageReturn: state = .sizeLineFeed
    case 0x3B, ASCII.space, ASCII.tab: state = .chunkExtension
    default: throw .invalidChunkSize
    }
  }

  /// Passes a byte of an extension or a trailer field.
  private mutating func advanceInLine(
    over byte: UInt8, lineFeed: State
  ) throws(ChunkedError) {
    if byte == ASCII.carriageReturn { state = lineFeed }
    guard byte != ASCII.lineFeed, byte != 0 else { throw .invalidLineEnd }
  }

  private mutating func expect(
    _ expected: UInt8, _ byte: UInt8, then next: State
  ) throws(ChunkedError) {
    guard byte == expected else { throw .invalidLineEnd }
    state = next
  }

  private mutating func count(
    upTo maximum: Int, or error: ChunkedError
  ) throws(ChunkedError) {
    lineBytes += 1
    guard lineBytes <= maximum else { throw error }
  }
}
