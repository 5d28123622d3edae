public import Bytes

/// The head of an upstream response: the status line and the fields, as ranges of the buffer it
/// owns.
///
/// The ranges count from the first readable byte of ``buffer``. Whoever holds the head must not
/// consume from the buffer while the ranges are in use.
///
/// Numbers are stored small, so that the whole fits into the registers that it is passed in.
public struct ResponseHead {
  /// The version of the status line.
  public let version: ProtocolVersion

  @usableFromInline let storedStatus: UInt16
  @usableFromInline let storedByteCount: UInt32

  /// The status code and the reason phrase as they were sent, such as `404 Not Found`.
  ///
  /// Empty where a CGI response has no `Status` field, or one of three digits only.
  public let statusText: ByteRange

  /// The fields in their order.
  public let fields: Fields

  /// The status code, 0 to 999.
  @inlinable public var status: Int { Int(storedStatus) }

  /// The number of bytes from the front of the buffer to the end of the head.
  @inlinable public var byteCount: Int { Int(storedByteCount) }

  /// The bytes of the head, which ranges point into.
  @inlinable public var buffer: ByteBuffer { _read { yield fields.buffer } }

  init(
    version: ProtocolVersion, status: Int, statusText: ByteRange, fields: Fields, byteCount: Int
  ) {
    self.version = version
    storedStatus = UInt16(status)
    self.statusText = statusText
    self.fields = fields
    storedByteCount = UInt32(byteCount)
  }
}

/// Why the head of an upstream response was refused.
public enum ResponseHeadError: Error, Equatable {
  case invalidStatusLine

  /// A line that is no field; the range ends before the byte that is wrong.
  case invalidField(ByteRange)

  /// The `Status` field of a CGI response is no status.
  case invalidStatusField(ByteRange)
  case tooBig

  /// What the error log says; ``invalidField(_:)`` and ``invalidStatusField(_:)`` are followed by
  /// the line and the value.
  public var logMessage: StaticString {
    switch self {
    case .invalidStatusLine: "upstream sent no valid HTTP/1.0 header"
    case .invalidField: "upstream sent invalid header"
    case .invalidStatusField: "upstream sent invalid status"
    case .tooBig: "upstream sent too big header"
    }
  }
}
