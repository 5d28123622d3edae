public import Bytes

/// Status codes with the reason phrases that nginx sends.
public enum Status {
  /// The code and reason phrase, such as `302 Moved Temporarily`.
  ///
  /// - Returns: nil where nginx has no phrase; it then sends the code and a space.
  public static func line(of code: Int) -> StaticString? {
    switch code {
    case 200..<300: successLine(code)
    case 300..<400: redirectionLine(code)
    case 400..<500: clientErrorLine(code)
    case 500..<600: serverErrorLine(code)
    default: code == 101 ? "101 Switching Protocols" : nil
    }
  }

  /// Whether the bytes are a code with the phrase that nginx sends with it.
  @inline(__always)
  public static func isUsual(_ code: Int, _ buffer: ByteBuffer, in range: Range<Int>) -> Bool {
    code == 200 ? buffer.matches("200 OK", in: range) : isLine(of: code, buffer, in: range)
  }

  @inline(never)
  private static func isLine(
    of code: Int, _ buffer: ByteBuffer, in range: Range<Int>
  ) -> Bool {
    guard let line = line(of: code) else { return false }
    return buffer.matches(line, in: range)
  }

  /// Appends the code and, where nginx has one, the reason phrase.
  public static func append(_ code: Int, to buffer: ByteBuffer) {
    if let line = line(of: code) { return buffer.append(line) }
    buffer.append(decimal: code)
    buffer.append(ASCII.space)
  }

  private static func successLine(_ code: Int) -> StaticString? {
    switch code {
    case 200: "200 OK"
    case 201: "201 Created"
    case 202: "202 Accepted"
    case 204: "204 No Content"
    case 206: "206 Partial Content"
    default: nil
    }
  }

  private static func redirectionLine(_ code: Int) -> StaticString? {
    switch code {
    case 301: "301 Moved Permanently"
    case 302: "302 Moved Temporarily"
    case 303: "303 See Other"
    case 304: "304 Not Modified"
    case 307: "307 Temporary Redirect"
    case 308: "308 Permanent Redirect"
    default: nil
    }
  }

  private static func clientErrorLine(_ code: Int) -> StaticString? {
    switch code {
    case 400: "400 Bad Request"
    case 401: "401 Unauthorized"
    case 402: "402 Payment Required"
    case 403: "403 Forbidden"
    case 404: "404 Not Found"
    case 405: "405 Not Allowed"
    case 406: "406 Not Acceptable"
    case 407: "407 Proxy Authentication Required"
    case 408: "408 Request Time-out"
    case 409: "409 Conflict"
    case 410: "410 Gone"
    case 411: "411 Length Required"
    case 412: "412 Precondition Failed"
    case 413: "413 Request Entity Too Large"
    case 414: "414 Request-URI Too Large"
    case 415: "415 Unsupported Media Type"
    case 416: "416 Requested Range Not Satisfiable"
    case 421: "421 Misdirected Request"
    case 429: "429 Too Many Requests"
    default: nil
    }
  }

  private static func serverErrorLine(_ code: Int) -> StaticString? {
    switch code {
    case 500: "500 Internal Server Error"
    case 501: "501 Not Implemented"
    case 502: "502 Bad Gateway"
    case 503: "503 Service Temporarily Unavailable"
    case 504: "504 Gateway Time-out"
    case 505: "505 HTTP Version Not Supported"
    case 507: "507 Insufficient Storage"
    default: nil
    }
  }
}
