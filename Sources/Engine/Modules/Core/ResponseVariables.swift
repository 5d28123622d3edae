import Bytes
import Sockets
import Wire

extension Variable {
  /// What the response is and how it went.
  static let ofResponse: [Variable] = [
    Variable(writing: "status", "The status of the response.") { exchange, output in
      guard let status = exchange.shownStatus else {
        output.append(exchange.request.version == .http09 ? "009" : "000")
        return true
      }
      output.append(decimal: status)
      return true
    },
    Variable(writing: "bytes_sent", "The number of bytes sent to the client.") {
      exchange, output in
      output.append(decimal: exchange.sentByteCount)
      return true
    },
    Variable(
      writing: "body_bytes_sent", "The number of bytes sent to the client behind the head."
    ) { exchange, output in
      output.append(decimal: max(0, exchange.sentByteCount - exchange.response.headByteCount))
      return true
    },
    Variable(writing: "request_length", "The bytes of the request: line, fields and body.") {
      exchange, output in
      let request = exchange.request
      let head = request.byteCount - request.requestLine.range.lowerBound
      output.append(decimal: head + exchange.body.receivedByteCount)
      return true
    },
    Variable(
      writing: "request_time",
      "The time since the head of the request was read, in seconds with milliseconds."
    ) { exchange, output in
      output.append(seconds: Int(exchange.loop.now - exchange.startTime))
      return true
    },
    Variable("request_completion", "`OK` where the response is complete, otherwise empty.") {
      $0.response.isComplete ? "OK" : ""
    },
    Variable(writing: "limit_rate", "The most bytes that the response may take in a second.") {
      exchange, output in
      output.append(decimal: exchange.effectiveLimitRate)
      return true
    }.assigning { exchange, value in
      // nginx ignores what is no size.
      if let rate = Units.size(value) { exchange.limitRate = rate }
    },
    Variable(
      family: "sent_http_", "The response field of that name: in lower case, `_` written for `-`."
    ) { exchange, name, output in
      guard let value = exchange.responseField(name) else { return false }
      output.append(value)
      return true
    },
    Variable(
      family: "sent_trailer_", "The trailer field of the response of that name, once it was sent."
    ) { exchange, name, output in
      let values = exchange.response.sentTrailers.lazy
        .filter { $0.name.isSpelledInVariables(as: name) && !$0.value.isEmpty }
      output.append(ByteString(Array(values.map(\.value.bytes).joined(separator: [0x2C, 0x20]))))
      return !values.isEmpty
    },
  ]
}

extension Exchange {
  /// The status as logs show it; nil where nothing has been decided.
  fileprivate var shownStatus: Int? {
    if let errorStatus, !response.isHeadSent { return errorStatus }
    return response.status == 0 ? nil : response.status
  }

  /// The rate that holds for this response, in bytes for each second; 0 for none.
  var effectiveLimitRate: Int {
    isSubrequest ? 0 : limitRate ?? settings.core.limitRate.value(for: self)
  }

  /// A field of the response by its name in variables.
  fileprivate func responseField(_ name: ByteString) -> ByteString? {
    switch name {
    case "content_type": response.contentType
    case "content_length": response.contentLength.map { ByteString(decimal: $0) }
    case "last_modified": response.lastModified.map { HTTPDate.format($0) }
    case "location": response.location.map { ResponseHeadWriter.absolute($0, self) ?? $0 }
    case "date": response.date
    case "server": response.server
    case "transfer_encoding": response.isChunked ? "chunked" : nil
    case "connection": response.isHeadSent ? sentConnection : nil
    case "keep_alive": sentKeepAlive
    default:
      response.fields.joinedValues(ofVariable: name, hash: FieldName.hash(of: name))
    }
  }

  private var sentConnection: ByteString {
    if response.status == 101 { return "upgrade" }
    return isPersistent ? "keep-alive" : "close"
  }

  private var sentKeepAlive: ByteString? {
    guard response.isHeadSent, isPersistent,
      let timeout = settings.core.announcedKeepaliveTimeout
    else { return nil }
    return "timeout=" + ByteString(decimal: timeout.milliseconds / 1000)
  }
}

extension ByteString {
  /// Whether a variable with that ending shows the field: lower case, and `_` for other bytes.
  fileprivate func isSpelledInVariables(as name: ByteString) -> Bool {
    guard count == name.count else { return false }
    return zip(lowercased.bytes, name.bytes).allSatisfy { $0 == $1 || $1 == 0x5F && $0 == 0x2D }
  }
}
