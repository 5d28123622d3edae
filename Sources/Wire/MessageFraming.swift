import Bytes

/// Where the content of a message ends (RFC 9112, section 6).
///
/// Two peers that disagree here see different messages on one connection (request smuggling,
/// section 11.2); so everything doubtful is refused.
public enum MessageFraming: Equatable, Sendable {
  /// No content.
  case none

  /// A number of bytes, from `Content-Length`; may be 0.
  case length(Int)

  case chunked

  /// Everything until the connection is closed; responses only.
  case untilClose
}

/// Why the content of a message could not be delimited; the connection cannot be used any further.
public enum FramingError: Error, Equatable {
  case duplicateContentLength
  case invalidContentLength
  case duplicateTransferEncoding
  case unknownTransferCoding

  /// `Content-Length` and `Transfer-Encoding` in one message.
  case contentLengthWithTransferEncoding

  /// `Transfer-Encoding` in a request of HTTP/1.0.
  case transferEncodingInHTTP10

  /// The status of the response to a request.
  public var status: Int { self == .unknownTransferCoding ? 501 : 400 }

  /// What the error log says of a request, in nginx's words where it has some.
  public var requestLogMessage: StaticString {
    switch self {
    case .duplicateContentLength: "client sent duplicate \"Content-Length\" header"
    case .invalidContentLength: "client sent invalid \"Content-Length\" header"
    case .duplicateTransferEncoding: "client sent duplicate \"Transfer-Encoding\" header"
    case .unknownTransferCoding: "client sent unknown \"Transfer-Encoding\""
    case .contentLengthWithTransferEncoding:
      "client sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"
    case .transferEncodingInHTTP10: "client sent HTTP/1.0 request with \"Transfer-Encoding\" header"
    }
  }

  /// What the error log says of an upstream response, in nginx's words where it has some.
  public var responseLogMessage: StaticString {
    switch self {
    case .duplicateContentLength: "upstream sent duplicate header line: \"Content-Length\""
    case .invalidContentLength: "upstream sent invalid \"Content-Length\" header"
    case .duplicateTransferEncoding: "upstream sent duplicate header line: \"Transfer-Encoding\""
    case .unknownTransferCoding: "upstream sent unknown \"Transfer-Encoding\""
    case .contentLengthWithTransferEncoding:
      "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time"
    case .transferEncodingInHTTP10:
      "upstream sent HTTP/1.0 message with \"Transfer-Encoding\" header"
    }
  }
}

extension MessageFraming {
  /// The framing of a request.
  public static func ofRequest(
    _ fields: Fields, version: ProtocolVersion
  ) throws(FramingError) -> MessageFraming {
    guard fields.known.contains(.contentLength) || fields.known.contains(.transferEncoding) else {
      return .none
    }
    let length = try contentLength(in: fields)
    let isChunked = try isChunked(fields)
    if fields.contains(.transferEncoding) {
      guard version >= .http11 else { throw .transferEncodingInHTTP10 }
      guard isChunked else { throw .unknownTransferCoding }
      guard length == nil else { throw .contentLengthWithTransferEncoding }
      return .chunked
    }
    return length.map { .length($0) } ?? .none
  }

  /// The framing of an upstream response (RFC 9112, section 6.3).
  ///
  /// nginx: chunks are understood in a response of HTTP/1.0, too; RFC 9112, section 6.1: the
  /// connection must be closed afterwards, as it is after any response of HTTP/1.0.
  ///
  /// - Parameter method: Of the request that is answered.
  public static func ofResponse(
    _ fields: Fields, status: Int, to method: Method
  ) throws(FramingError) -> MessageFraming {
    let length = try contentLength(in: fields)
    let hasTransferEncoding = fields.contains(.transferEncoding)
    if hasTransferEncoding {
      guard try isChunked(fields) else { throw .unknownTransferCoding }
      guard length == nil else { throw .contentLengthWithTransferEncoding }
    }
    if method == .head || status / 100 == 1 || status == 204 || status == 304 { return .none }
    if hasTransferEncoding { return .chunked }
    return length.map { .length($0) } ?? .untilClose
  }

  /// The value of `Content-Length`; nil where there is none.
  public static func contentLength(in fields: Fields) throws(FramingError) -> Int? {
    guard let index = fields.firstIndex(of: .contentLength) else { return nil }
    // nginx: also two equal ones are refused; RFC 9112, section 6.3: may be.
    guard fields.nextIndex(of: .contentLength, behind: index) == nil else {
      throw .duplicateContentLength
    }
    let range = fields[index].value.range
    guard
      let length = fields.buffer.withSpan({ decimalNumber(in: $0.extracting(range)) })
    else { throw .invalidContentLength }
    return length
  }

  /// Whether `chunked` is the one transfer coding.
  private static func isChunked(_ fields: Fields) throws(FramingError) -> Bool {
    guard let index = fields.firstIndex(of: .transferEncoding) else { return false }
    guard fields.nextIndex(of: .transferEncoding, behind: index) == nil else {
      throw .duplicateTransferEncoding
    }
    return fields.buffer.matchesIgnoringCase(
      "chunked", in: fields[index].value.range)
  }

  private static func decimalNumber(in digits: Span<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var number = 0
    for index in digits.indices {
      guard let digit = ASCII.digit(digits[index]),
        number < Int.max / 10 || number == Int.max / 10 && digit <= Int.max % 10
      else { return nil }
      number = number &* 10 &+ digit
    }
    return number
  }
}
