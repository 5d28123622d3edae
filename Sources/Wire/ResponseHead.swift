package import Bytes

/// The head of an upstream response: the status line and the fields, as ranges of the buffer it
/// owns.
///
/// The ranges count from the first readable byte of ``buffer``. Whoever holds the head must not
/// consume from the buffer while the ranges are in use.
package final class ResponseHead {
  /// The bytes of the head, which ranges point into.
  package let buffer: ByteBuffer

  /// The version of the status line.
  package let version: ProtocolVersion

  /// The status code, 0 to 999.
  package let status: Int

  /// The status code and the reason phrase as they were sent, such as `404 Not Found`.
  ///
  /// Empty where a CGI response has no `Status` field, or one of three digits only.
  package let statusText: ByteRange

  /// The fields in their order.
  package var fields: Fields

  /// The number of bytes from the front of the buffer to the end of the head.
  package let byteCount: Int

  init(
    buffer: ByteBuffer, version: ProtocolVersion, status: Int, statusText: ByteRange,
    fields: Fields, byteCount: Int
  ) {
    self.buffer = buffer
    self.version = version
    self.status = status
    self.statusText = statusText
    self.fields = fields
    self.byteCount = byteCount
  }
}

/// Why the head of an upstream response was refused.
package enum ResponseHeadError: Error, Equatable {
  case invalidStatusLine

  /// A line that is no field; the range ends before the byte that is wrong.
  case invalidField(ByteRange)

  /// The `Status` field of a CGI response is no status.
  case invalidStatusField(ByteRange)
  case tooBig

  /// What the error log says; ``invalidField(_:)`` and ``invalidStatusField(_:)`` are followed by
  /// the line and the value.
  package var logMessage: StaticString {
    switch self {
    case .invalidStatusLine: "upstream sent no valid HTTP/1.0 header"
    case .invalidField: "upstream sent invalid header"
    case .invalidStatusField: "upstream sent invalid status"
    case .tooBig: "upstream sent too big header"
    }
  }
}
