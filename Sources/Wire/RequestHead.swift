public import Bytes

/// The head of a request: the request line and the fields, as ranges of the buffer it owns.
///
/// The ranges count from the first readable byte of ``buffer``. Whoever holds the head must not
/// consume from the buffer while the ranges are in use.
///
/// Numbers are stored small, since each exchange has a head.
public struct RequestHead {
  /// The method, `.other` where it has no case of its own.
  public let method: Method

  /// The version of the request line.
  public let version: ProtocolVersion

  @usableFromInline let storedByteCount: UInt32

  /// The method as it was sent.
  public let methodName: ByteRange

  /// The request line without its line end: nginx's `$request`.
  public let requestLine: ByteRange

  /// The request target as it was sent; see ``RequestTarget``.
  public let target: ByteRange

  /// The protocol as it was sent, such as `HTTP/1.1`; empty in a simple (HTTP/0.9) request.
  public let protocolName: ByteRange

  /// The fields in their order.
  public let fields: Fields

  /// The number of bytes from the front of the buffer to the end of the head.
  ///
  /// Empty lines before the request line are included; nginx's `$request_length` counts from
  /// ``requestLine`` on.
  @inlinable public var byteCount: Int { Int(storedByteCount) }

  /// The bytes of the head, which ranges point into.
  @inlinable public var buffer: ByteBuffer { _read { yield fields.buffer } }

  init(line: RequestLine, fields: consuming Fields, byteCount: Int) {
    method = line.method
    methodName = line.methodName
    requestLine = line.line
    target = line.target
    version = line.version
    protocolName = line.protocolName
    self.fields = consume fields
    storedByteCount = UInt32(byteCount)
  }
}
