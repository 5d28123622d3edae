import Bytes
import Sockets
import Wire

extension Variable {
  /// What the response is and how it went.
  static let ofResponse: [Variable] = [
    Variable(accounting: "status", "The status of the response.") { exchange, output in
      guard let status = exchange.shownStatus else {
        output.append(exchange.request.version == .http09 ? "009" : "000")
        return true
      }
      output.append(decimal: status)
      return true
    },
    Variable(accounting: "bytes_sent", "The number of bytes sent to the client.") {
      exchange, output in
      output.append(decimal: exchange.sentByteCount)
      return true
    },
    Variable(
      accounting: "body_bytes_sent", "The number of bytes sent to the client behind the head."
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
    Variable(
      accounting: "request_completion", "`OK` where the response is complete, otherwise empty."
    ) { exchange, output in
      if exchange.response.isComplete { output.append("OK") }
      return true
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
      making: "sent_http_", "The response field of that name: in lower case, `_` written for `-`."
    ) { name in
      if let field = Exchange.ownResponseFields[name] {
        return { exchange, output in
          guard let value = field(exchange) else { return false }
          output.append(value)
          return true
        }
      }
      let hash = FieldName.hash(of: name)
      return { exchange, output in
        exchange.response.fields.appendJoinedValues(
          ofVariable: name, hash: hash, separator: ", ", to: output)
      }
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

extension Variable {
  /// A variable that a `post_action` has from the client's request.
  private init(
    accounting name: String, _ summary: String,
    evaluate: @escaping @Sendable (_ exchange: Exchange, _ output: ByteBuffer) -> Bool
  ) {
    self.init(writing: name, summary) { exchange, output in
      guard let extras = exchange.extras, let accounted = extras.accountedExchange else {
        return evaluate(exchange, output)
      }
      return evaluate(accounted, output)
    }
  }
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

  /// The fields of responses that are not among their ``Response/fields``, as variables spell them.
  fileprivate static let ownResponseFields:
    [ByteString: @Sendable (_ exchange: Exchange) -> ByteString?] = [
      "content_type": { $0.response.contentType },
      "content_length": { $0.response.contentLength.map { ByteString(decimal: $0) } },
      "last_modified": { $0.response.lastModified.map { HTTPDate.format($0) } },
      "location": { exchange in
        exchange.response.location.map { ResponseHeadWriter.absolute($0, exchange) ?? $0 }
      },
      "date": { $0.response.date },
      "server": { $0.response.server },
      "transfer_encoding": { $0.response.isChunked ? "chunked" : nil },
      "connection": { $0.response.isHeadSent ? $0.sentConnection : nil },
      "keep_alive": { $0.sentKeepAlive },
    ]

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
