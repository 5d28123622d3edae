import Bytes

/// Why the records of a FastCGI responder could not be read, in nginx's words.
public enum FastCGIError: Error, Equatable {
  case unsupportedVersion(UInt8)
  case unexpectedRequestID
  case unexpectedRecord(UInt8)

  /// An end-of-request record with fewer than 8 bytes.
  case shortEndRequest

  /// What the error log says; the number in the case follows it.
  public var logMessage: StaticString {
    switch self {
    case .unsupportedVersion: "upstream sent unsupported FastCGI protocol version"
    case .unexpectedRequestID: "upstream sent unexpected FastCGI request id"
    case .unexpectedRecord: "upstream sent unexpected FastCGI record"
    case .shortEndRequest: "upstream sent too short FastCGI end request record"
    }
  }
}

/// Reads the records that a FastCGI responder sends, in pieces of any size and without copying.
///
/// Each step looks at the bytes that are there and says how many of them are framing, to be
/// dropped, and how many after those are content, and of which stream.
public struct FastCGIDecoder: Sendable {
  /// The streams of a responder.
  public enum Stream: Sendable {
    case standardOutput, standardError
  }

  /// How a request ended (section 5.5).
  public struct Ending: Equatable, Sendable {
    /// The exit status of the application.
    public let applicationStatus: UInt32

    /// 0 where the request was completed.
    public let protocolStatus: UInt8
  }

  /// What the bytes at the front of the input are.
  public struct Step: Equatable, Sendable {
    /// The number of bytes of framing.
    public let framing: Int

    /// The number of bytes of content that follow them.
    public let content: Int

    /// What the content belongs to, or which stream has ended.
    public let stream: Stream

    /// Whether the stream has ended: its empty record was read.
    public let isEndOfStream: Bool
  }

  private enum State: Sendable {
    case header, content, ending, padding
  }

  private var state = State.header
  private var stream = Stream.standardOutput
  private var contentLeft = 0
  private var paddingLeft = 0

  /// The bytes of a header or of the ending, the first one highest.
  private var word: UInt64 = 0

  /// How many of its bytes are there, of those that came in pieces.
  private var wordByteCount = 0

  /// How the request ended; nil until that has been read.
  public private(set) var ending: Ending?

  /// Whether the last record that has begun is complete, with its padding.
  public var isBetweenRecords: Bool { state == .header && wordByteCount == 0 }

  /// A decoder before the first record.
  public init() {}

  /// Reads on, up to the end of the next run of content or the end of a stream.
  ///
  /// - Parameter input: The bytes that no earlier step has reported.
  /// - Returns: More bytes are needed whenever the step covers the input; ``ending`` may be set.
  public mutating func step(_ input: Span<UInt8>) throws(FastCGIError) -> Step {
    var index = 0
    while index < input.count {
      switch state {
      case .header:
        if takeWord(of: input, at: &index), try enterRecord() {
          return Step(framing: index, content: 0, stream: stream, isEndOfStream: true)
        }
      case .content:
        let count = min(contentLeft, input.count - index)
        contentLeft -= count
        if contentLeft == 0 { finishContent() }
        return Step(framing: index, content: count, stream: stream, isEndOfStream: false)
      case .ending: if takeWord(of: input, at: &index) { noteEnding() }
      case .padding:
        let count = min(paddingLeft, input.count - index)
        paddingLeft -= count
        index += count
        if paddingLeft == 0 { state = .header }
      }
    }
    return Step(framing: index, content: 0, stream: stream, isEndOfStream: false)
  }

  /// Takes the eight bytes of a word; most come together.
  ///
  /// - Returns: Whether all of them are there.
  private mutating func takeWord(of input: Span<UInt8>, at index: inout Int) -> Bool {
    if wordByteCount == 0, index &+ 8 <= input.count {
      word = input.bytes.wholeWord(at: index).byteSwapped
      index &+= 8
      return true
    }
    while index < input.count, wordByteCount < 8 {
      word = word << 8 | UInt64(input[index])
      wordByteCount += 1
      index += 1
    }
    guard wordByteCount == 8 else { return false }
    wordByteCount = 0
    return true
  }

  /// Reads a header.
  ///
  /// - Returns: Whether it is that of an empty record, the end of a stream.
  private mutating func enterRecord() throws(FastCGIError) -> Bool {
    let version = UInt8(truncatingIfNeeded: word >> 56)
    guard version == 1 else { throw .unsupportedVersion(version) }
    guard word >> 32 & 0xFFFF == 1 else { throw .unexpectedRequestID }
    contentLeft = Int(word >> 16 & 0xFFFF)
    paddingLeft = Int(word >> 8 & 0xFF)
    return try enterRecord(UInt8(truncatingIfNeeded: word >> 48))
  }

  private mutating func enterRecord(_ kind: UInt8) throws(FastCGIError) -> Bool {
    switch FastCGIRecord.Kind(rawValue: kind) {
    case .standardOutput: stream = .standardOutput
    case .standardError: stream = .standardError
    case .endRequest:
      guard contentLeft >= 8 else { throw .shortEndRequest }
      state = .ending
      // Whatever stands behind the 8 bytes that are known is passed over like padding.
      paddingLeft += contentLeft - 8
      return false
    default: throw .unexpectedRecord(kind)
    }
    if contentLeft > 0 {
      state = .content
      return false
    }
    finishContent()
    return true
  }

  private mutating func noteEnding() {
    ending = Ending(
      applicationStatus: UInt32(truncatingIfNeeded: word >> 32),
      protocolStatus: UInt8(truncatingIfNeeded: word >> 24))
    finishContent()
  }

  private mutating func finishContent() { state = paddingLeft > 0 ? .padding : .header }
}
