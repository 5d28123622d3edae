public import Bytes

/// Records of FastCGI 1.0, as a web server writes them to a responder (sections 3 to 6).
///
/// One request has the connection to itself; its request id is 1.
public enum FastCGIRecord {
  /// The types of records; their values are those of the specification, section 8.
  public enum Kind: UInt8, Sendable {
    case beginRequest = 1
    case abortRequest = 2
    case endRequest = 3
    case parameters = 4
    case standardInput = 5
    case standardOutput = 6
    case standardError = 7
  }

  /// The bytes of the fixed part that begins every record.
  public static let headerByteCount = 8

  /// The most bytes of content of one record.
  public static let maximumContentBytes = 65535

  /// Records are padded to a multiple of 8 bytes, as the specification recommends.
  public static func padding(after contentCount: Int) -> Int { -contentCount & 7 }

  // MARK: - Requests

  /// Appends the record that starts a request in the role of a responder.
  ///
  /// - Parameter keepsConnection: nginx's `fastcgi_keep_conn`.
  public static func appendBeginRequest(keepsConnection: Bool, to buffer: ByteBuffer) {
    appendHeader(.beginRequest, contentCount: 8, padding: 0, to: buffer)
    buffer.append(bigEndian: 1 << 48 | (keepsConnection ? 1 << 40 : 0))
  }

  /// Appends the head of a record.
  ///
  /// - Parameter contentCount: At most ``maximumContentBytes``.
  public static func appendHeader(
    _ kind: Kind, contentCount: Int, padding: Int, to buffer: ByteBuffer
  ) {
    precondition((0...maximumContentBytes).contains(contentCount) && (0...255).contains(padding))
    let beginning = 1 << 56 | UInt64(kind.rawValue) << 48 | 1 << 32
    buffer.append(bigEndian: beginning | UInt64(contentCount) << 16 | UInt64(padding) << 8)
  }

  /// Begins a record whose content is appended next; ``endRecord(contentStart:in:)`` must follow.
  ///
  /// - Returns: How many bytes there are before the content.
  public static func beginRecord(_ kind: Kind, in buffer: ByteBuffer) -> Int {
    appendHeader(kind, contentCount: 0, padding: 0, to: buffer)
    return buffer.count
  }

  /// Ends a record whose content is there by now, at most ``maximumContentBytes``; one without
  /// content is left out.
  public static func endRecord(contentStart: Int, in buffer: ByteBuffer) {
    let count = buffer.count - contentStart
    guard count > 0 else { return buffer.truncate(to: contentStart - headerByteCount) }
    precondition(count <= maximumContentBytes)
    let padding = padding(after: count)
    buffer[contentStart - 4] = UInt8(count >> 8)
    buffer[contentStart - 3] = UInt8(count & 0xFF)
    buffer[contentStart - 2] = UInt8(padding)
    appendPadding(padding, to: buffer)
  }

  /// Appends content of a stream in as many records as it needs; nothing for empty content.
  public static func append(_ kind: Kind, _ content: Span<UInt8>, to buffer: ByteBuffer) {
    var start = 0
    while start < content.count {
      // A multiple of 8, so that only the last record is padded.
      let end = min(start + 65528, content.count)
      let padding = padding(after: end - start)
      appendHeader(kind, contentCount: end - start, padding: padding, to: buffer)
      buffer.append(content.extracting(start..<end))
      appendPadding(padding, to: buffer)
      start = end
    }
  }

  /// Appends what stands behind the content of a record: fewer than eight bytes.
  private static func appendPadding(_ count: Int, to buffer: ByteBuffer) {
    let end = buffer.count + count
    buffer.append(bigEndian: 0)
    buffer.truncate(to: end)
  }

  /// Appends the empty record that ends a stream.
  public static func appendEnd(of kind: Kind, to buffer: ByteBuffer) {
    appendHeader(kind, contentCount: 0, padding: 0, to: buffer)
  }

  // MARK: - Parameters

  /// Appends a name-value pair (section 3.4): content of `parameters`, still without a record.
  public static func appendPair(_ name: ByteString, _ value: ByteString, to content: ByteBuffer) {
    appendLength(name.count, to: content)
    appendLength(value.count, to: content)
    content.append(name)
    content.append(value)
  }

  /// Begins a name-value pair whose value is appended next; ``endPair(nameCount:valueStart:in:)``
  /// must follow.
  public static func beginPair(_ name: ByteString, in content: ByteBuffer) {
    appendLength(name.count, to: content)
    content.append(0)
    content.append(name)
  }

  /// What ``beginPair(_:in:)`` appends.
  public static func beginning(ofPair name: ByteString) -> ByteString {
    let content = ByteBuffer(capacity: name.count + 8)
    beginPair(name, in: content)
    return content.allBytes
  }

  /// Ends a name-value pair: notes the length of the value, which is there by now.
  ///
  /// - Parameter valueStart: How many bytes there were before the value.
  @inlinable @inline(__always)
  public static func endPair(nameCount: Int, valueStart: Int, in content: ByteBuffer) {
    let count = content.count - valueStart
    let place = valueStart - nameCount - 1
    if count <= 127 {
      content[place] = UInt8(truncatingIfNeeded: count)
    } else {
      endLongPair(count, at: place, in: content)
    }
  }

  /// Makes room for the longer form of a value's length.
  @usableFromInline static func endLongPair(_ count: Int, at place: Int, in content: ByteBuffer) {
    let pair = content.bytes(in: place + 1..<content.count)
    content.truncate(to: place)
    appendLength(count, to: content)
    content.append(pair)
  }

  /// Appends the length of a name or value: one byte up to 127, else four.
  @inlinable @inline(__always)
  public static func appendLength(_ length: Int, to content: ByteBuffer) {
    if (0...127).contains(length) {
      content.append(UInt8(truncatingIfNeeded: length))
    } else {
      appendLongLength(length, to: content)
    }
  }

  @usableFromInline static func appendLongLength(_ length: Int, to content: ByteBuffer) {
    precondition(length > 127 && length <= Int(Int32.max))
    content.append(UInt8(length >> 24) | 0x80)
    for shift in [16, 8, 0] { content.append(UInt8(length >> shift & 0xFF)) }
  }
}
