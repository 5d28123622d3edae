import Bytes
import Wire

/// The page that is sent where no `error_page` is configured; its form is nginx's.
enum BuiltInPage {
  static func send(_ status: Int, on exchange: Exchange) throws(Failure) -> HandlerOutcome {
    let response = exchange.response
    let location = response.location
    // 494 to 498 exist to be caught by `error_page`; the client sees 400 (nginx's "error_page").
    let shown = (494...498).contains(status) ? 400 : status
    response.status = shown
    response.location = location
    response.lastModified = nil
    response.reason = nil
    guard status == 201 || status >= 300, status != 304, let title = title(of: status) else {
      response.contentLength = status == 204 || status == 304 ? nil : 0
      response.contentType = nil
      try exchange.sendHead()
      try exchange.endBody()
      return .responded
    }
    let page = text(status, title, exchange)
    response.contentType = "text/html"
    response.contentLength = page.count
    try exchange.sendHead()
    try exchange.send(page)
    try exchange.endBody()
    return .responded
  }

  private static func text(
    _ status: Int, _ title: ByteString, _ exchange: Exchange
  ) -> ByteString {
    let signature = exchange.settings.core.serverTokens.text
    var page: ByteString = "<html>\r\n<head><title>"
    page.append(title)
    page.append("</title></head>\r\n<body>\r\n<center><h1>")
    let isSpecial = (494...498).contains(status)
    page.append(isSpecial ? "400 Bad Request" : title)
    page.append("</h1></center>\r\n")
    if isSpecial {
      page.append("<center>")
      page.append(title.dropFirst(4))
      page.append("</center>\r\n")
    }
    if let detail = exchange.errorPageDetail { page.append(detail) }
    page.append("<hr><center>")
    page.append(signature)
    page.append("</center>\r\n</body>\r\n</html>\r\n")
    return page
  }

  private static func title(of status: Int) -> ByteString? {
    switch status {
    case 494: "400 Request Header Or Cookie Too Large"
    case 495: "400 The SSL certificate error"
    case 496: "400 No required SSL certificate was sent"
    case 497: "400 The plain HTTP request was sent to HTTPS port"
    default: Status.line(of: status).map { ByteString("\($0)") }
    }
  }
}
