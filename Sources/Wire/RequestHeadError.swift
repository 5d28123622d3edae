/// Why the head of a request was refused.
public enum RequestHeadError: Error, Equatable {
  case invalidMethod
  case invalidRequestLine
  case invalidVersion
  case invalidSimpleRequestMethod
  case requestLineTooLong

  /// A line that is no field; the range ends before the byte that is wrong.
  case invalidField(ByteRange)
  case fieldTooLarge
  case tooManyFields

  /// The status of the response, among them nginx's own 494 (sent to clients as 400).
  public var status: Int {
    switch self {
    case .invalidMethod, .invalidRequestLine, .invalidSimpleRequestMethod, .invalidField: 400
    case .invalidVersion: 505
    case .requestLineTooLong: 414
    case .fieldTooLarge, .tooManyFields: 494
    }
  }

  /// What nginx writes to the error log; ``invalidField(_:)`` is followed by the line.
  public var logMessage: StaticString {
    switch self {
    case .invalidMethod: "client sent invalid method"
    case .invalidRequestLine: "client sent invalid request"
    case .invalidVersion: "client sent invalid version"
    case .invalidSimpleRequestMethod: "client sent invalid method in HTTP/0.9 request"
    case .requestLineTooLong: "client sent too long URI"
    case .invalidField: "client sent invalid header line"
    case .fieldTooLarge: "client sent too long header line"
    case .tooManyFields: "client sent too many header lines"
    }
  }
}
