import Bytes
import Sockets
import Wire

extension Variable {
  /// The variables of `ngx_http_upstream_module`.
  static let ofUpstream: [Variable] = [
    Variable(
      ofAttempts: "upstream_addr", "The addresses of the servers that were tried."
    ) { attempt, output in
      if let name = attempt.peerName { output.append(name) }
    },
    Variable(
      ofAttempts: "upstream_status", "The statuses of the responses of the servers."
    ) { attempt, output in output.append(attempt.status.map { ByteString(decimal: $0) } ?? "-") },
    Variable(
      ofAttempts: "upstream_connect_time", "The seconds that connecting to each server took."
    ) { attempt, output in output.append(seconds: attempt.connectTime) },
    Variable(
      ofAttempts: "upstream_header_time",
      "The seconds until the head of each server's response was there."
    ) { attempt, output in output.append(seconds: attempt.headerTime) },
    Variable(
      ofAttempts: "upstream_response_time",
      "The seconds until the end of each server's response."
    ) { attempt, output in output.append(seconds: attempt.responseTime) },
    Variable(
      ofAttempts: "upstream_response_length",
      "The bytes of the content of each server's response."
    ) { attempt, output in output.append(ByteString(decimal: attempt.responseLength)) },
    Variable(
      ofAttempts: "upstream_bytes_received", "The bytes received from each server."
    ) { attempt, output in output.append(ByteString(decimal: attempt.bytesReceived)) },
    Variable(
      ofAttempts: "upstream_bytes_sent", "The bytes sent to each server."
    ) { attempt, output in output.append(ByteString(decimal: attempt.bytesSent)) },
    Variable(
      "upstream_cache_status", "What a cache had to say: `MISS`, `HIT`, `EXPIRED`, `STALE` ….",
    ) { $0.extras?.cacheStatus.map { ByteString($0.rawValue) } },
    Variable(
      "upstream_cache_last_modified",
      "The date of the stored response that the server is asked to confirm.",
    ) { $0.extras?.cache?.confirmedDate },
    Variable(
      "upstream_cache_etag",
      "The entity tag of the stored response that the server is asked to confirm.",
    ) { $0.extras?.cache?.confirmedTag },
    Variable(
      making: "upstream_http_", "A field of the server's response, by its name in lower case."
    ) { name in
      let hash = FieldName.hash(of: name)
      return { exchange, output in
        exchange.upstreamResponse?.fields.appendJoinedValues(
          ofVariable: name, hash: hash, separator: ", ", to: output) ?? false
      }
    },
    Variable(
      family: "upstream_cookie_", "A cookie that the server's response sets, by its name."
    ) { exchange, name, output in
      guard let fields = exchange.upstreamResponse?.fields else { return false }
      for value in fields.values(of: .setCookie) {
        guard let cookie = value.valueOfCookie(named: name) else { continue }
        output.append(cookie)
        return true
      }
      return false
    },
  ]

  /// A variable with a part for each attempt: separated by commas, and by colons between groups.
  private init(
    ofAttempts name: String, _ summary: String,
    append: @escaping @Sendable (UpstreamAttempt, ByteBuffer) -> Void
  ) {
    self.init(writing: name, summary) { exchange, output in
      let attempts = exchange.upstreamAttempts.all
      guard !attempts.isEmpty else { return false }
      var separator = ByteString()
      for attempt in attempts {
        guard attempt.peerName != nil else {
          separator = " : "
          continue
        }
        output.append(separator)
        append(attempt, output)
        separator = ", "
      }
      if separator == " : " { output.append(separator) }
      return true
    }
  }
}

extension ByteBuffer {
  /// Appends milliseconds as seconds with three decimals; `-` for nil.
  fileprivate func append(seconds time: Milliseconds?) {
    guard let time else { return append("-") }
    append(seconds: Int(time))
  }
}

extension ByteString {
  /// The cookie's value where the string is a `Set-Cookie` value that sets it.
  fileprivate func valueOfCookie(named name: ByteString) -> ByteString? {
    guard let mark = firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let spelled = ByteString(bytes[0..<mark].reversed().drop { $0 == ASCII.space }.reversed())
    guard spelled.equalsIgnoringCase(name) else { return nil }
    return ByteString(
      bytes[(mark + 1)...].drop { $0 == ASCII.space }.prefix { $0 != UInt8(ascii: ";") })
  }
}
