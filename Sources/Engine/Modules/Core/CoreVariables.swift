import Bytes
import Wire

extension Variable {
  /// The variables that `ngx_http_core_module` defines.
  static let ofCore =
    ofRequestLine + ofRequestFields + ofAddresses + ofProxyProtocol + ofFiles + ofResponse
    + ofConnection + ofProgram

  /// What the request line says.
  private static let ofRequestLine: [Variable] = [
    Variable("uri", "The current path, decoded and normalized; redirects change it.") { $0.path },
    Variable("document_uri", "The same as `$uri`.") { $0.path },
    Variable(writing: "request_uri", "The path and the query as the client sent them.") {
      guard let target = $0.target else { return false }
      $0.appendOfHead(target.raw.range, to: $1)
      return true
    },
    Variable("args", "The current query, without `?`.") { $0.query }
      .assigning { $0.query = $1 },
    Variable("query_string", "The same as `$args`.") { $0.query },
    Variable("is_args", "`?` where the request has a query, otherwise empty.") {
      $0.query?.isEmpty ?? true ? "" : "?"
    },
    Variable(family: "arg_", "The parameter of the query with that name, still encoded.") {
      exchange, name, output in
      guard let value = exchange.query?.parameter(name) else { return false }
      output.append(value)
      return true
    },
    Variable(writing: "request", "The whole request line.") { exchange, output in
      output.append(exchange.request.buffer, in: exchange.request.requestLine.range)
      return true
    },
    Variable(writing: "request_method", "The method, usually `GET` or `POST`.") {
      $0.appendMethodName(to: $1)
      return true
    },
    Variable(writing: "server_protocol", "The protocol of the request, usually `HTTP/1.1`.") {
      $0.appendOfHead($0.request.protocolName.range, to: $1)
      return true
    },
    Variable(
      writing: "scheme", "`https` where the client's connection is encrypted, otherwise `http`."
    ) { exchange, output in
      output.append(exchange.connection.isEncrypted ? "https" : "http")
      return true
    },
    Variable(writing: "https", "`on` where the client's connection is encrypted, otherwise empty.")
    { exchange, output in
      if exchange.connection.isEncrypted { output.append("on") }
      return true
    },
  ]

  /// What the fields and the body of the request say.
  private static let ofRequestFields: [Variable] = [
    Variable(
      making: "http_", "The request field of that name: in lower case, `_` written for `-`."
    ) { name in
      let separator: StaticString = name == "cookie" ? "; " : ", "
      let hash = FieldName.hash(of: name)
      return { exchange, output in
        exchange.request.fields.appendJoinedValues(
          ofVariable: name, hash: hash, separator: separator, to: output)
      }
    },
    Variable(family: "cookie_", "The cookie of that name.") { exchange, name, output in
      guard let value = exchange.request.fields.cookie(name) else { return false }
      output.append(value)
      return true
    },
    Variable(writing: "host", "The host of the request line or of `Host`, else the server's name.")
    { exchange, output in
      exchange.appendHost(to: output)
      return true
    },
    Variable("request_port", "The port that the client's host was written with.") {
      $0.port.map { ByteString(decimal: $0) } ?? ""
    },
    Variable("is_request_port", "`:` where `$request_port` is not empty, otherwise empty.") {
      $0.port == nil ? "" : ":"
    },
    Variable(writing: "content_type", "The field `Content-Type` of the request.") {
      exchange, output in
      exchange.request.fields.appendJoinedValues(of: .contentType, separator: ", ", to: output)
    },
    Variable("content_length", "The size of the request body, as far as it is known.") {
      $0.requestContentLength
    },
    Variable("request_body", "The request body, where it was read and is in memory.") {
      guard case .memory(let buffer) = $0.body.storage else { return nil }
      return buffer.allBytes
    },
    Variable("request_body_file", "The file that the request body is in, where it has a name.") {
      $0.body.filePath.map { ByteString($0) }
    },
    Variable("remote_user", "The user name of `Authorization: Basic`.") {
      $0.basicUser
    },
    Variable("request_id", "Sixteen random bytes as hexadecimal digits, new for each request.") {
      _ in RandomIdentifier.make()
    }.kept(),
  ]

  /// What files the request is about.
  private static let ofFiles: [Variable] = [
    Variable("request_filename", "The path of the file for the current request path.") {
      try? RequestedFile.path(for: $0)
    },
    Variable(writing: "document_root", "The value of `root` or `alias` for the request.") {
      exchange, output in
      if let folder = exchange.settings.core.root.path.constant {
        output.append(folder)
      } else {
        RequestedFile.appendFolder(of: exchange.settings.core.root, exchange, to: output)
      }
      return true
    },
    Variable("realpath_root", "The value of `root` or `alias` with all links resolved.") {
      RequestedFile.realFolder(of: $0)
    },
  ]
}
