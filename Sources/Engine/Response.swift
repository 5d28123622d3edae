package import Bytes
package import Wire

/// The response of an exchange, from the first decision to the last byte.
package final class Response: Idling {
  /// The next one of a loop's idle objects; see ``IdleList``.
  package var nextIdle: Unmanaged<Response>?

  /// The status code.
  package var status = 200

  /// The status and the reason phrase as an upstream server sent them; nil takes the phrase that
  /// belongs to the status.
  package var reason: ByteString?

  /// The value of `Content-Type`; nil leaves the field out.
  package var contentType: ByteString? {
    get { contentTypePlace.text }
    set { contentTypePlace.text = newValue }
  }

  /// Where ``contentType`` is.
  private(set) var contentTypePlace = TextPlace()

  /// The number of bytes of the body, where it is known beforehand.
  @Compact package var contentLength: Int?

  /// Where the body at hand begins within the whole of ``contentLength``, in bytes.
  package var contentOffset = 0

  /// The value of `Last-Modified`, in seconds since 1970.
  @Compact package var lastModified: Int?

  /// The value of `Location`; a path becomes absolute when the head is sent.
  package var location: ByteString?

  /// The values of `Date` and `Server` where an upstream server's own are passed on.
  package var date: ByteString?

  /// The upstream server's `Server`; nil names this program.
  package var server: ByteString?

  /// Whether the head begins as most do; see ``HeadOpening``.
  var hasUsualOpening: Bool { status == 200 && reason == nil && server == nil && date == nil }

  /// Whether files can be sent as they are.
  var takesFiles: Bool { bodyFilters.isEmpty && !isChunked }

  /// All other fields, in order.
  package let fields: Fields

  /// The fields of the trailer section, with values that are made when the body is complete.
  package var trailers: [(name: ByteString, value: Template)] = []

  /// The fields of the trailer section as they were sent.
  var sentTrailers: [(name: ByteString, value: ByteString)] = []

  /// Whether `Range` may select a part of this response.
  package var allowsRanges = false

  /// Whether only one range may be selected, since the body comes in pieces.
  package var allowsOneRangeOnly = false

  /// Whether conditions such as `If-Modified-Since` are judged here and not by an upstream server.
  package var allowsConditions = false

  /// Whether the request may select a part of the response, or its answer depend on its state.
  var isSelectable: Bool { allowsRanges || allowsConditions }

  /// Whether the body shall reach the client in step with its source, so that filters keep nothing
  /// back that they could send.
  package var isInStep = false

  /// The parts of the body that `Range` has selected; nil for the whole.
  var selection: RangeSelection?

  /// Whether the head has gone to the output; nothing above can be changed afterwards.
  package internal(set) var isHeadSent = false

  /// Whether the body is sent in chunks (RFC 9112, section 7.1).
  package internal(set) var isChunked = false

  /// Whether the response has no body by its nature: to `HEAD`, 204, 304.
  package internal(set) var isHeadOnly = false

  /// Whether the body is complete.
  package internal(set) var isComplete = false

  /// What changes the body on its way; the first is nearest to the handler.
  package var bodyFilters: [any BodyFilter] = []

  /// The bytes given to the output: of the head, and of the body with its framing.
  package internal(set) var headByteCount = 0

  /// The bytes of the body so far, without framing.
  package internal(set) var bodyByteCount = 0

  init(fields: Fields) { self.fields = fields }

  /// How much memory the lines of ``fields`` take.
  var lineByteCount: Int { fields.buffer.count }

  /// Forgets what an earlier attempt decided; only before the head is sent.
  package func forgetHead() {
    precondition(!isHeadSent)
    reset()
  }

  /// Forgets everything, for another exchange.
  func reset() {
    status = 200
    if reason != nil { reason = nil }
    if contentType != nil { contentType = nil }
    contentLength = nil
    contentOffset = 0
    lastModified = nil
    if location != nil { location = nil }
    if date != nil { date = nil }
    if server != nil { server = nil }
    fields.removeAll()
    allowsRanges = false
    allowsOneRangeOnly = false
    allowsConditions = false
    isInStep = false
    if selection != nil { selection = nil }
    if !bodyFilters.isEmpty { bodyFilters = [] }
    if !trailers.isEmpty { trailers = [] }
    if !sentTrailers.isEmpty { sentTrailers = [] }
    isHeadSent = false
    isChunked = false
    isHeadOnly = false
    isComplete = false
    headByteCount = 0
    bodyByteCount = 0
  }
}

/// Lines of heads that are to be written: they stand in the buffer as they will on the wire, so
/// that ``FieldLineCopying`` takes those side by side in one piece.
extension Fields {
  /// Appends a line; the name and the value are copied into the buffer.
  package func append(_ name: ByteString, _ value: ByteString) {
    append(FieldName(name), spelled: name, value)
  }

  /// Appends a line; the spelling of the name and the value are copied into the buffer.
  package func append(_ name: FieldName, spelled: ByteString, _ value: ByteString) {
    let start = buffer.count
    buffer.append(spelled)
    let nameEnd = buffer.count
    buffer.append(": ")
    buffer.append(value)
    finishLine(from: start, nameEnd, hash: name.hash, name.known)
  }

  /// Appends the line that begins at an index of the buffer and lacks its end.
  private func finishLine(from start: Int, _ nameEnd: Int, hash: UInt32, _ known: KnownField) {
    let valueEnd = buffer.count
    buffer.append("\r\n")
    append(
      FieldLine(
        name: ByteRange(start..<nameEnd), value: ByteRange(nameEnd + 2..<valueEnd),
        nameHash: hash, known: known, isPlain: true))
  }

  /// Appends a line of a known field, whose value a closure writes.
  package func append(
    _ field: KnownField, spelled: StaticString, _ writeValue: (ByteBuffer) -> Void
  ) {
    let start = buffer.count
    buffer.append(spelled)
    let nameEnd = buffer.count
    buffer.append(": ")
    writeValue(buffer)
    finishLine(from: start, nameEnd, hash: field.nameHash, field)
  }

  /// Appends a line of another head.
  package func append(_ line: FieldLine, of other: Fields) {
    let start = buffer.count
    if let whole = line.wholeRange(in: other.buffer) {
      buffer.append(other.buffer, in: whole.lowerBound..<whole.upperBound - 2)
    } else {
      buffer.append(other.buffer, in: line.name.range)
      buffer.append(": ")
      buffer.append(other.buffer, in: line.value.range)
    }
    finishLine(from: start, start + line.name.count, hash: line.nameHash, line.known)
  }

  /// Replaces every line of a name by one.
  package func set(_ name: FieldName, spelled: ByteString, to value: ByteString) {
    remove(name)
    append(name, spelled: spelled, value)
  }

  /// Gives the first line of a name another value and drops the others; a missing line is appended.
  package func replace(
    _ name: FieldName, spelled: ByteString, with value: ByteString
  ) {
    guard let first = firstIndex(of: name) else {
      return append(name, spelled: spelled, value)
    }
    remove(name)
    let start = buffer.count
    buffer.append(value)
    self[first].value = ByteRange(start..<buffer.count)
    self[first].isRemoved = false
  }

  /// Replaces every line of a known field by one.
  package func set(_ field: KnownField, spelled: ByteString, to value: ByteString) {
    set(FieldName(field), spelled: spelled, to: value)
  }

  /// Gives the first line of a known field another value and drops the others; a missing line is
  /// appended.
  package func replace(_ field: KnownField, spelled: ByteString, with value: ByteString) {
    replace(FieldName(field), spelled: spelled, with: value)
  }

  /// Drops every line.
  package func removeAll() {
    removeAllLines()
    buffer.clear()
  }
}
