import Bytes
import Sockets
import Wire

/// Writes the head of a response as it goes to the client; the order of the fields is nginx's.
enum ResponseHeadWriter {
  @inline(__always)
  static func write(_ response: Response, of exchange: Exchange, to output: ByteBuffer) {
    if response.hasUsualOpening {
      exchange.withServingLoop {
        $0.appendHeadOpening(exchange.settings.core.serverTokens, to: output) {
          writeOpening(response, exchange, to: $0)
        }
      }
    } else {
      writeOpening(response, exchange, to: output)
    }
    if !response.contentTypePlace.isEmpty {
      output.append("Content-Type: ")
      response.contentTypePlace.append(to: output)
      output.append("\r\n")
    }
    if let length = response.contentLength {
      output.append("Content-Length: ")
      output.append(decimal: length)
      output.append("\r\n")
    }
    if let time = response.lastModified {
      output.append("Last-Modified: ")
      HTTPDate.append(time, to: output)
      output.append("\r\n")
    }
    let target = response.location.flatMap { absolute($0, exchange) }
    if let target { writeField("Location: ", target, to: output) }
    if response.isChunked { output.append("Transfer-Encoding: chunked\r\n") }
    writeConnection(exchange, to: output)
    if exchange.isPersistent, response.status != 101,
      let timeout = exchange.settings.core.announcedKeepaliveTimeout
    {
      output.append("Keep-Alive: timeout=")
      output.append(decimal: timeout.milliseconds / 1000)
      output.append("\r\n")
    }
    if target == nil, let location = response.location {
      writeField("Location: ", location, to: output)
    }
    writeLines(response.fields, to: output)
    output.append("\r\n")
  }

  @inline(__always)
  private static func writeLines(_ fields: Fields, to output: ByteBuffer) {
    var copying = FieldLineCopying()
    fields.forEach { copying.append($0, of: fields.buffer, to: output) }
    copying.finish(from: fields.buffer, to: output)
  }

  @inline(never)
  private static func writeOpening(
    _ response: Response, _ exchange: Exchange, to output: ByteBuffer
  ) {
    writeStatusLine(response, to: output)
    writeServer(response, exchange, to: output)
    writeDate(response, exchange, to: output)
  }

  private static func writeStatusLine(_ response: Response, to output: ByteBuffer) {
    output.append("HTTP/1.1 ")
    if let reason = response.reason {
      output.append(reason)
    } else {
      Status.append(response.status, to: output)
    }
    output.append("\r\n")
  }

  private static func writeServer(
    _ response: Response, _ exchange: Exchange, to output: ByteBuffer
  ) {
    if let server = response.server { return writeField("Server: ", server, to: output) }
    output.append("Server: ")
    output.append(exchange.settings.core.serverTokens.text)
    output.append("\r\n")
  }

  private static func writeDate(
    _ response: Response, _ exchange: Exchange, to output: ByteBuffer
  ) {
    if let date = response.date { return writeField("Date: ", date, to: output) }
    output.append("Date: ")
    exchange.appendDate(to: output)
    output.append("\r\n")
  }

  private static func writeField(
    _ name: StaticString, _ value: ByteString, to output: ByteBuffer
  ) {
    guard !value.isEmpty else { return }
    output.append(name)
    output.append(value)
    output.append("\r\n")
  }

  @inline(__always)
  private static func writeConnection(_ exchange: Exchange, to output: ByteBuffer) {
    if exchange.response.status == 101 {
      output.append("Connection: upgrade\r\n")
    } else if exchange.isPersistent {
      output.append("Connection: keep-alive\r\n")
    } else {
      output.append("Connection: close\r\n")
    }
  }

  /// Completes a path to the URI that nginx sends; see `absolute_redirect`, `port_in_redirect` and
  /// `server_name_in_redirect`.
  ///
  /// - Returns: nil where the target stays as it is.
  static func absolute(_ location: ByteString, _ exchange: Exchange) -> ByteString? {
    let core = exchange.settings.core
    guard location.hasPrefix("/"), core.makesRedirectsAbsolute else { return nil }
    let host = core.usesServerNameInRedirects ? exchange.server.name : exchange.host
    let local = exchange.connection.stream.localAddress
    var result: ByteString = exchange.connection.isEncrypted ? "https://" : "http://"
    result.append(host.isEmpty ? local?.hostText ?? exchange.server.name : host)
    let standard: UInt16 = exchange.connection.isEncrypted ? 443 : 80
    if core.namesPortInRedirects, let port = local?.port, port != standard, port != 0 {
      result.append(ByteString(":\(port)"))
    }
    return result + location
  }
}
